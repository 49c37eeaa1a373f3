"""What people outside of a call are told: updates, letters, what the public reads, and what became of each."""
