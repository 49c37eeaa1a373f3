"""The faults.

Knows: what goes wrong, and the course that follows from the protocol. Must not know: how a scenario is played.
To add one, add a row here; `make scenario NAME=...` plays it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sandbox.scenarios.scenario import Course, Person, Scenario
from sandbox.shop.repository import Release

_ROLLED_BACK = Course(severity="P1", decision="rollback", end="rolled back")
_NO_HELP = Person(approves=False, why="A rollback does not mend what lies outside the release.")


def _bad(message: str, behaviour: str, files: Mapping[str, str] | None = None) -> Release:
    return Release("v5", message, behaviour=behaviour, files=MappingProxyType(dict(files or {})))


_ALL = (
    Scenario(
        name="bad-deploy",
        title="Every page answers 500",
        about="The newest release fails at every request.",
        bad=_bad("Read the catalogue over the new connection pool", "error500"),
        symptom=500,
        course=_ROLLED_BACK,
    ),
    Scenario(
        name="crash-loop",
        title="The shop is gone",
        about="The newest release ends as soon as it starts.",
        bad=_bad("Read the catalogue's address from the environment", "crash"),
        symptom=0,
        course=_ROLLED_BACK,
    ),
    Scenario(
        name="slow-endpoint",
        title="The shop is slow",
        about="The newest release sleeps in every request; everything still works.",
        bad=_bad("Ask the price service for each item", "slow"),
        classify={"impacts": ["significant_degradation"]},
        course=Course(severity="P2", decision="rollback", end="rolled back"),
    ),
    Scenario(
        name="feature-broken",
        title="No characters are shown",
        about="One major feature fails, and the health address does not notice.",
        bad=_bad("Sort characters by name", "characters500"),
        classify={"impacts": ["major_feature_broken"]},
        course=Course(severity="P2", decision="rollback", end="rolled back"),
    ),
    Scenario(
        name="disk-full",
        title="Every page answers 500",
        about="The device that the journal is written to has no space left. No release is to blame.",
        world={"JOURNAL": "/dev/full"},
        symptom=500,
        decide={"outside_release": True},
        person=_NO_HELP,
        course=Course(severity="P1", decision="rollback", end="fixed"),
    ),
    Scenario(
        name="out-of-memory",
        title="The shop is gone",
        about="The newest release takes more memory than it may have.",
        bad=_bad("Keep the whole catalogue in memory", "greedy"),
        symptom=0,
        course=_ROLLED_BACK,
    ),
    Scenario(
        name="bad-configuration",
        title="Every page answers 500",
        about="Somebody edited a setting on the host; the code is what it was for days.",
        world={
            "HEALTH_STATUS": "500",
            "CHARACTERS_STATUS": "500",
            "AVATAR_STATUS": "500",
            "SAYS": "CATALOGUE_URL is empty",
        },
        symptom=500,
        decide={"outside_release": True},
        person=_NO_HELP,
        course=Course(severity="P1", decision="rollback", end="fixed"),
    ),
    Scenario(
        name="database-down",
        title="Every page answers 503",
        about="The database does not answer; a rollback cannot help.",
        world={
            "HEALTH_STATUS": "503",
            "CHARACTERS_STATUS": "503",
            "AVATAR_STATUS": "503",
            "SAYS": "connection to the database refused",
        },
        symptom=503,
        decide={"outside_release": True},
        person=_NO_HELP,
        course=Course(severity="P1", decision="rollback", end="fixed"),
    ),
    Scenario(
        name="upstream-down",
        title="No characters are shown",
        about="A service of somebody else, which one feature needs, is down.",
        world={"CHARACTERS_STATUS": "502", "SAYS": "the price service does not answer"},
        classify={"impacts": ["major_feature_broken"]},
        decide={"outside_release": True},
        person=_NO_HELP,
        course=Course(severity="P2", decision="investigate", end="fixed"),
    ),
    Scenario(
        name="data-corruption",
        title="Characters lose their names",
        about="The newest release writes wrong data, and there is a migration between it and the good one.",
        bad=_bad("Store names in lower case", "characters500", {"migrations/0007_names.sql": "UPDATE c SET n = '';\n"}),
        classify={"impacts": ["data_corruption"]},
        course=_ROLLED_BACK,
    ),
    Scenario(
        name="security-breach",
        title="Visitors can read each other's orders",
        about="A person reports it; no probe can see it.",
        bad=_bad("Cache whole pages", "ok"),
        classify={"impacts": ["security_breach"]},
        course=_ROLLED_BACK,
    ),
    Scenario(
        name="flapping-health",
        title="The shop comes and goes",
        about="The newest release answers for two seconds and fails for two.",
        bad=_bad("Close idle connections", "flapping"),
        symptom=-1,
        classify={"impacts": ["complete_outage"]},
        course=_ROLLED_BACK,
    ),
    Scenario(
        name="host-unreachable",
        title="Every page answers 500",
        about="The newest release fails, and the host cannot be reached over SSH until somebody mends the network.",
        bad=_bad("Read the catalogue over the new connection pool", "error500"),
        symptom=500,
        unreachable=True,
        course=_ROLLED_BACK,
    ),
    Scenario(
        name="false-alarm",
        title="A customer cannot log in",
        about="Nothing is wrong with production.",
        person=Person(why="The customer had mistyped the address."),
        course=Course(severity="P4", decision="investigate", end="stood down"),
    ),
)

SCENARIOS: Mapping[str, Scenario] = MappingProxyType({scenario.name: scenario for scenario in _ALL})
"""Every scenario by its name, deployments first where they can be."""
