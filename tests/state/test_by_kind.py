from __future__ import annotations

from flightrules.state.logs import by_kind, read_log


def test_groups_of_one_kind_are_drawn_together_with_their_counts_and_times() -> None:
    text = (
        "2026-01-05T11:00:00Z ERROR user alice has no cart\n"
        "2026-01-05T11:05:00Z ERROR user bob has no cart\n"
        "2026-01-05T11:02:00Z ERROR disk full\n"
    )
    log = read_log("web", text)
    kinds = {group.signature: "ERROR user <*> has no cart" for group in log.groups if "cart" in group.signature}
    first, second = by_kind(log, kinds).groups
    assert (first.signature, first.count) == ("ERROR user <*> has no cart", 2)
    assert first.first_at is not None
    assert first.last_at is not None
    assert (first.first_at.minute, first.last_at.minute) == (0, 5)
    assert second.signature == "ERROR disk full"
    assert by_kind(log, kinds).errors == log.errors == 3
