"""The MCP tools: data plus a thin handler each. A handler validates shape, builds a command and calls the service."""
