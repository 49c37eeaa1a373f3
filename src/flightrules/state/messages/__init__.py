"""Messages to people outside of a call: updates, letters, public texts, and the delivery state of each."""
