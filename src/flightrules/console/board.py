"""The front page.

Knows: which incidents are open. Must not know: rules.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.responses import Response

    from flightrules.console.visit import Visit


async def show(visit: Visit) -> Response:
    """Show the incidents that are open, with those first whose plan waits for a person."""
    incidents = visit.app.incidents
    found = [one for target in sorted(incidents.managed_targets) for one in await incidents.open_on(target)]
    waiting = [one for one in found if one.plan is not None and not one.approvals]
    return visit.page("board.html.j2", waiting=waiting, others=[one for one in found if one not in waiting])
