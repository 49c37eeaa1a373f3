"""Lets `python -m flightrules.cli` run the command line."""

from flightrules.cli import main

raise SystemExit(main())
