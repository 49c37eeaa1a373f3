"""A recorded incident replayed from its file, whatever event loop the test itself runs on.

Knows: files. Must not know: pytest.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from flightrules.adapters.sessions import session_text
from flightrules.errors import Refused, Unavailable
from flightrules.replay.replay import replay
from flightrules.state.archive.replays import ReplayVerdict
from flightrules.state.archive.sessions import read_session


def replayed(path: Path) -> ReplayVerdict:
    """The verdict of one file; what cannot be read or is no session is `not_replayable`, as on the command line."""
    try:
        session = read_session(session_text(path))
    except (Refused, Unavailable) as no:
        return ReplayVerdict(word="not_replayable", reason=str(no))
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(lambda: asyncio.run(replay(session))).result()
