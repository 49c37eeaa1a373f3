"""The settings an incident is handled under, as its log remembers them.

Knows: that they are recorded once and again after each change, and without secrets. Must not know: any single setting.
"""

from __future__ import annotations

from flightrules.state import events as e
from flightrules.state.policy import Policy
from flightrules.state.redaction import redacted
from flightrules.state.rules.approving import policy_digest
from flightrules.state.target import Target


def settings_read(target: Target, policy: Policy) -> e.SettingsRead:
    """What the log is told of these settings."""
    return e.SettingsRead(
        digest=policy_digest(policy, target),
        target=Target.model_validate(redacted(target.model_dump(mode="json", by_alias=True))),
        policy=Policy.model_validate(redacted(policy.model_dump(mode="json", by_alias=True))),
    )
