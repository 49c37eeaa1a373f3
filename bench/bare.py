"""The floor of every comparison over stdio: a server of the same SDK with one trivial tool, and nothing of ours."""

from __future__ import annotations

from mcp.server.mcpserver import MCPServer

server = MCPServer("bare")


@server.tool()
async def ping(text: str) -> str:
    """Give the text back."""
    return text


if __name__ == "__main__":
    server.run("stdio")
