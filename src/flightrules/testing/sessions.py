"""A recorded incident replayed from its file, whatever event loop the test itself runs on.

Knows: files. Must not know: pytest.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from flightrules.adapters.sessions import session_text
from flightrules.service.replaying.replay import replay
from flightrules.state.replays import Verdict
from flightrules.state.sessions import read_session


def replayed(path: Path) -> Verdict:
    """The verdict of one file. Raises `Unavailable` where it cannot be read, `Refused` where it is no session."""
    session = read_session(session_text(path))
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(lambda: asyncio.run(replay(session))).result()
