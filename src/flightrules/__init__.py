"""flightrules: an MCP server that lets agents run a production incident by the protocol, and never past it."""

__version__ = "0.2.0"
