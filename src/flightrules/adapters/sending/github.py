"""Files briefs as GitHub issues, each once: an issue that holds the message's id is looked for before one is made.

Knows: the REST API. Must not know: what a brief says. The token appears in no receipt.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Iterable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from pydantic import JsonValue

from flightrules.adapters.secrets import secret_of
from flightrules.adapters.sending.posting import LONGEST_WAIT_S, OK, HttpAnswer, ask
from flightrules.ports import Clock, OutboundMessage, Receipt
from flightrules.state.canonical import canonical
from flightrules.state.untrusted import one_line

LONGEST_BODY = 60_000
"""Characters; GitHub takes 65,536."""
LIMITED = (403, 429)
SECONDARY_WAIT_S = 60
"""At least; GitHub's documentation asks for a minute where an answer tells no time."""
PAGE = 100
MOST_PAGES = 20
CLOCKS_DIFFER = timedelta(days=1)
"""By so much our clock may be ahead of GitHub's, by which issues have their times."""
_NEXT = re.compile(r'<([^>]*)>;\s*rel="next"')


class GitHubSender:
    """Keeps ports.Sender with issues of one repository."""

    at_once = False

    def __init__(  # noqa: PLR0913 - each is a setting of its own
        self, repository: str, token: str, clock: Clock, *, api: str, labels: tuple[str, ...], report_url: str
    ) -> None:
        """`token` is a reference: `file:PATH` or `env:NAME`. `{path}` in `report_url` is the report's path."""
        self._issues = f"{api.rstrip('/')}/repos/{repository}/issues"
        self._repository = repository
        self._token = token
        self._clock = clock
        self._labels = labels
        self._report_url = report_url

    async def send(self, outbound: OutboundMessage) -> Receipt:
        """Make the issue, unless it is there."""
        found, trouble = await self._there(outbound)
        if trouble is not None:
            return self._failed(trouble)
        if found:
            return Receipt(arrived=True, reference=found)
        issue: dict[str, JsonValue] = {
            "title": one_line(outbound.title, 250),
            "body": self._body(outbound),
            "labels": [*self._labels],
        }
        answer = await ask("POST", self._issues, self._headers(), content=canonical(issue))
        if answer.status in OK:
            return Receipt(arrived=True, reference=_link(_json(answer)))
        return self._failed(answer)

    async def check(self) -> str:
        """Ask for the repository's issues with the token; nothing is made."""
        from flightrules.errors import Unavailable

        answer = await ask("GET", self._issues, self._headers(), params={"per_page": "1"})
        if answer.status not in OK:
            remedy = "Correct `planner.github`; the token needs to read and write issues of this repository."
            raise Unavailable(f"GitHub repository {self._repository}", f"{answer.why}.", remedy)
        return f"issues of {self._repository}"

    async def _there(self, outbound: OutboundMessage) -> tuple[str, HttpAnswer | None]:
        """The link to the issue that holds this message; or the answer that kept it from being looked for.

        Listed and not searched: what was made a moment ago is in a list, and not yet in the search.
        """
        async for answer in self._pages(outbound):
            if answer.status not in OK:
                return "", answer
            for issue in _issues(_json(answer)):
                if _marker(outbound.id) in str(issue.get("body") or ""):
                    return _link(issue), None
        return "", None

    async def _pages(self, outbound: OutboundMessage) -> AsyncIterator[HttpAnswer]:
        """Issues changed since the message became due, page by page, until they end or a page is not given."""
        since = outbound.at - CLOCKS_DIFFER
        params = {"state": "all", "since": f"{since:%Y-%m-%dT%H:%M:%SZ}", "per_page": str(PAGE)}
        for page in range(1, MOST_PAGES + 1):
            answer = await ask("GET", self._issues, self._headers(), params={**params, "page": str(page)})
            yield answer
            if answer.status not in OK or not _NEXT.search(answer.headers.get("link", "")):
                return

    def _headers(self) -> dict[str, str]:
        return {
            "authorization": f"Bearer {secret_of(self._token)}",
            "accept": "application/vnd.github+json",
            "x-github-api-version": "2022-11-28",
            "content-type": "application/json",
        }

    def _body(self, outbound: OutboundMessage) -> str:
        marker = f"\n{_marker(outbound.id)}\n"
        link = ""
        if self._report_url and outbound.report:
            link = f"\n[Incident report]({self._report_url.replace('{path}', quote(outbound.report.lstrip('/')))})\n"
        text, room = outbound.text, LONGEST_BODY - len(marker) - len(link)
        cut = "\n\n(cut here; the whole brief is in the incident's log)\n"
        return (text if len(text) <= room else text[: room - len(cut)] + cut) + link + marker

    def _failed(self, answer: HttpAnswer) -> Receipt:
        now = self._clock.now()
        why = f"GitHub: {answer.why}" if answer.status else f"GitHub gave {answer.why}"
        told, wait_s = _limit(answer, now)
        return Receipt(
            arrived=False,
            why=f"{why}, {told}" if told else why,
            again=answer.again,
            wait_s=max(wait_s, answer.wait_s(now)),
        )


def _limit(answer: HttpAnswer, now: datetime) -> tuple[str, int]:
    """Return which limit of GitHub keeps us out, and for how many seconds.

    The hourly limit does so until its reset, a secondary limit for a minute.
    """
    if answer.headers.get("x-ratelimit-remaining") == "0":
        reset = answer.headers.get("x-ratelimit-reset", "")
        left = int(reset) - int(now.timestamp()) if reset.isascii() and reset.isdigit() else 0
        return "the rate limit is used up", max(min(left, LONGEST_WAIT_S), 0)
    if answer.status in LIMITED and b"secondary rate limit" in answer.body.lower():
        return "a secondary rate limit is used up", SECONDARY_WAIT_S
    return "", 0


def _marker(message: str) -> str:
    return f"<!-- flightrules:{message} -->"


def _json(answer: HttpAnswer) -> Any:  # noqa: ANN401 - whatever was answered
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError):
        return None


def _issues(listed: object) -> Iterable[dict[str, Any]]:
    """The issues in an answer, as far as they are such."""
    return (issue for issue in listed if isinstance(issue, dict)) if isinstance(listed, list) else ()


def _link(issue: object) -> str:
    return str(issue.get("html_url", "")) if isinstance(issue, dict) else ""
