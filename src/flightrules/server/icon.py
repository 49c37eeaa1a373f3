"""The icon that clients show beside the server's name: a flag, inside the answer itself, so nothing is fetched for it.

Knows: the SDK's type. Must not know: anything else. In the 2026 protocol it stands in every answer: keep it small.
"""

from __future__ import annotations

from base64 import b64encode

from mcp_types import Icon

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24">'
    '<path d="M4 1h2v22H4zM6 3h15l-4 5 4 5H6z" fill="#d33"/></svg>'
)
"""No script, no style, no text. The address in it is the name of the language, which nothing opens."""

ICON = Icon(
    src=f"data:image/svg+xml;base64,{b64encode(SVG.encode()).decode()}", mime_type="image/svg+xml", sizes=["any"]
)
