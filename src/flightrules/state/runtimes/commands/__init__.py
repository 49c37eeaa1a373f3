"""Services run by anything else, through the user's own commands."""
