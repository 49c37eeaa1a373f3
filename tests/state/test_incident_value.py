from __future__ import annotations

from dataclasses import FrozenInstanceError, replace
from datetime import UTC, datetime

import pytest

from flightrules.state.incident import Incident

AT = datetime(2026, 1, 1, tzinfo=UTC)
INCIDENT = Incident(id="INC-1", detected_at=AT, onset_at=AT, opened_at=AT)


def test_an_incident_with_other_values_leaves_the_first_as_it_was() -> None:
    other = INCIDENT.but(version=2, title="x")
    assert other == replace(INCIDENT, version=2, title="x")
    assert (INCIDENT.version, INCIDENT.title) == (0, "")


def test_an_incident_takes_no_field_that_it_does_not_have() -> None:
    with pytest.raises(TypeError, match="severty"):
        INCIDENT.but(severty="P1")


def test_an_incident_does_not_change_in_place() -> None:
    with pytest.raises(FrozenInstanceError):
        INCIDENT.but(version=2).version = 3  # type: ignore[misc]
