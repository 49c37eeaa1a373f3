"""What people read: incident report, completion summary, planner brief, and what is shown before an approval."""
