"""The log as it is kept elsewhere: sessions, what a replay of one comes to, and heads that witnesses keep."""
