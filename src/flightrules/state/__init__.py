"""The domain: what an incident is and what the protocol allows. Pure: no I/O, no clock, no randomness."""
