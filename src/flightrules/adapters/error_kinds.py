"""Which error lines are the same error, by log templates: keeps ports.ErrorKinds with drain3.

Knows: how Drain finds templates. Must not know: the incident, or what follows from an error that is seen again.
Drain itself is used, without its miner, which reads a settings file, keeps its own state and writes a log of its own.
Every call begins with an empty tree, so the same signatures give the same answer in any process at any time.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

SAME = 0.8
"""The share of words two lines must have in common, at their places, to be one template."""

MOST = 1_000
"""So many signatures are looked at in one call; more than that no assessment keeps."""

_DEPTH, _MOST_BRANCHES = 4, 100

# A signature has one <n> for each run of digits; a plain 0 in its place makes it a character of its word again.
_ID_ALONE = re.compile(r"(?<![\w-])[A-Za-z_-]*0[A-Za-z_-]+0[\w-]*")
_ID_AS_VALUE = re.compile(r"(?<=[=:#])(?=[\w-]*[A-Za-z])(?=[\w-]*0)[\w-]+")


class DrainKinds:
    """Error kinds by Drain, a tree of templates of fixed depth."""

    def kinds(self, known: Sequence[str], seen: Sequence[str]) -> dict[str, str]:
        """For each seen signature the known one it is the same error as, else its template among what was seen."""
        from drain3.drain import Drain  # type: ignore[import-untyped]  # it ships none

        drain = Drain(
            depth=_DEPTH, sim_th=SAME, max_children=_MOST_BRANCHES, max_clusters=MOST, parametrize_numeric_tokens=True
        )

        def cluster(signature: str) -> int:
            """The cluster that fits whole, its wildcards included, else the one Drain makes of it."""
            words = _words(signature)
            found = drain.match(words, full_search_strategy="always") or drain.add_log_message(words)[0]
            return int(found.cluster_id)

        named: dict[int, str] = {}
        for signature in _bounded(known):
            named.setdefault(cluster(signature), signature)
        clusters = {signature: cluster(signature) for signature in _bounded(seen)}
        templates = {found.cluster_id: str(found.get_template()) for found in drain.clusters}
        exact = frozenset(known)
        return {
            signature: signature if signature in exact else named.get(number) or templates.get(number) or signature
            for signature, number in clusters.items()
        }


def _bounded(signatures: Iterable[str]) -> list[str]:
    """Each once, in an order that does not depend on who saw it first."""
    return sorted(set(signatures))[:MOST]


def _words(signature: str) -> str:
    """The signature with ids that are half letters, half digits masked whole, wherever they stand in a line."""
    text = signature.replace("<n>", "0")
    text = _ID_AS_VALUE.sub("<id>", _ID_ALONE.sub("<id>", text))
    return text.replace("0", "<n>")
