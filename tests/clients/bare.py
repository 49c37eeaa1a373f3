"""A server of the bare SDK, beside which the conformance suite's result stands: one tool, one prompt, nothing else."""

from __future__ import annotations

import sys

from mcp.server.mcpserver import MCPServer

server = MCPServer("bare", log_level="ERROR")


@server.tool()
def look() -> str:
    """Look."""
    return "seen"


@server.prompt()
def ask() -> str:
    """Ask."""
    return "What is seen?"


if __name__ == "__main__":
    server.run("streamable-http", host="127.0.0.1", port=int(sys.argv[1]))
