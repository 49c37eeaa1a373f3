"""Trials that `flightrules doctor` makes, and what it says of them."""
