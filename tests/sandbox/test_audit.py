from __future__ import annotations

import json

from sandbox.audit import LOCK, locked, read


def answer(*items: dict[str, object]) -> str:
    return json.dumps({"dependencies": items, "fixes": []})


FINE: dict[str, object] = {"name": "anyio", "version": "4.16.0", "vulns": []}
SKIPPED: dict[str, object] = {"name": "mcp", "skip_reason": "Dependency not found on PyPI and could not be audited"}
BAD: dict[str, object] = {
    "name": "jinja2",
    "version": "3.1.5",
    "vulns": [{"id": "PYSEC-1", "fix_versions": ["3.1.6"], "aliases": [], "description": "x"}],
}


def test_what_was_audited_and_what_could_not_be_is_counted() -> None:
    audit = read(answer(FINE, SKIPPED, SKIPPED), 3)
    assert audit.found == ()
    assert audit.words.startswith("1 of 3 packages audited, 2 could not be (Dependency not found on PyPI")


def test_a_known_vulnerability_is_named_with_what_mends_it() -> None:
    audit = read(answer(FINE, BAD), 2)
    assert audit.found == ("VULNERABLE jinja2 3.1.5: PYSEC-1, fixed in 3.1.6",)
    assert audit.words == "2 of 2 packages audited.\nVULNERABLE jinja2 3.1.5: PYSEC-1, fixed in 3.1.6"


def test_an_answer_that_is_none_audits_nothing_and_says_so() -> None:
    for text in ("", "[]", "{}", "null"):
        assert read(text, 7).words == "0 of 7 packages audited, 7 could not be (pip-audit printed no result)."


def test_the_lock_is_counted() -> None:
    assert locked("# a\na==1 \\\n    --hash=sha256:x\nb==2 ; python_version < '3.12' \\\n") == 2
    assert locked(LOCK.read_text()) > 50
