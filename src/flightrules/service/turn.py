"""`Call` under its module name of version 0.1, kept for scripts that play incidents; new code uses `invocation`."""

from flightrules.service.invocation import Call

__all__ = ["Call"]
