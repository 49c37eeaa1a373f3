"""Documents for people: incident report, completion summary, planner brief, and the review before an approval."""
