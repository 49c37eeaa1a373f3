"""Status updates (docs/incident-protocol.md#communication).

Knows: who may tell whom what, and when the public is told by itself. Must not know: where a message goes.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from flightrules.errors import Refused
from flightrules.state import commands as c
from flightrules.state import events as e
from flightrules.state.changes.communicating import SAME_WITHIN
from flightrules.state.confirmed import unheard
from flightrules.state.incident import Incident
from flightrules.state.messages.leaks import double_meanings, leaks
from flightrules.state.messages.so import so, still, worse_later
from flightrules.state.messages.update import internal_update, public_update
from flightrules.state.policy import Policy
from flightrules.state.rules.context import RuleContext, legal_words, require_person
from flightrules.state.target import Target
from flightrules.state.vocabulary import ActorKind, Phase, Severity
from flightrules.state.voice import may_be_spoken_for

MOST_HELD = 5
"""More updates than a person would read before approving one."""


def post_update(incident: Incident, command: c.PostUpdate, context: RuleContext) -> list[e.Event]:
    """Write an update; in an agent's own words for the public it waits for a person, unless policy says otherwise."""
    if incident.phase is Phase.CLOSED:
        raise Refused("out_of_order", "The incident is closed.", legal_words(incident, context))
    text = command.text.strip()
    if not text:
        raise Refused(
            "text_missing", "The update has no text.", "Write in `text` what is known and what is being done."
        )
    if context.actor.kind is not ActorKind.PERSON and same_update(incident, command, context.now):
        return []
    if not command.external:
        return [internal_update(incident, context.policy, text, context.now)]
    _require_voice(incident, context)
    _require_public_words(text, incident, context)
    own_text = context.actor.kind is ActorKind.AGENT
    names = names_in(text, incident, context.target, context.policy) if own_text else ()
    only_stated = own_text and unheard(incident)
    held = _must_wait(context, own_text=own_text) or bool(names) or only_stated
    if held and len(incident.held) >= MOST_HELD:
        waiting = ", ".join(update.id for update in incident.held)
        raise Refused("updates_waiting", f"{waiting} wait for approval.", _how(incident))
    return [public_update(incident, context.policy, text, held=held)]


def same_update(incident: Incident, command: c.PostUpdate, now: datetime) -> e.UpdatePosted | None:
    """The update of the last minute that says the same to the same people: an agent in a loop tells it once."""
    said = (command.text.strip(), command.external)
    fresh = (one for at, one in incident.recent if timedelta(0) <= now - at < SAME_WITHIN and not one.held)
    return next((update for update in fresh if (update.text, update.external) == said), None)


def spoken_for(incident: Incident, context: RuleContext) -> list[e.Event]:
    """Record that another incident speaks for this one, or does not any more, as far as anybody looked."""
    looked = context.speaker is not None and context.speaker != incident.voice
    return [e.SpokenFor(by=context.speaker or "")] if looked and may_be_spoken_for(incident) else []


def _require_voice(incident: Incident, context: RuleContext) -> None:
    """Refuse a second public voice of a target; nothing is lost, since the first can say it."""
    if incident.voice:
        way = f"Post it there: `post_update` with incident {incident.voice} and external."
        raise Refused("spoken_for", f"{incident.voice} already informs the public about {context.target.name}.", way)


def _require_public_words(text: str, incident: Incident, context: RuleContext) -> None:
    if found := leaks(text, incident, context.target, public=context.policy.communication.component):
        remedy = "Say it in words that a customer understands, without names from inside."
        raise Refused("internal_text", f"A text for the public must not name {', '.join(found)}.", remedy)


def names_in(text: str, incident: Incident, target: Target, policy: Policy) -> tuple[str, ...]:
    """Words of a text for the public that are names inside too: whether they may go out is a person's to say."""
    return double_meanings(text, incident, target, public=policy.communication.component)


def _must_wait(context: RuleContext, *, own_text: bool) -> bool:
    wanted = context.policy.communication.external_approval
    return wanted == "always" or (wanted == "own_text" and own_text)


def _how(incident: Incident) -> str:
    return f"Ask your user to run: flightrules update approve {incident.id} {incident.held[0].id}, or reject."


def approve_update(incident: Incident, command: c.ApproveUpdate, context: RuleContext) -> list[e.Event]:
    """Let an update out."""
    require_person(context, "approve an update for the public", f"flightrules update approve {incident.id} UPDATE")
    _require_held(incident, command.update)
    _require_so(incident, command.update, context)
    return [e.UpdateApproved(update=command.update, approver=command.approver)]


def reject_update(incident: Incident, command: c.RejectUpdate, context: RuleContext) -> list[e.Event]:
    """Keep an update back, for a reason."""
    require_person(context, "reject an update for the public", f"flightrules update reject {incident.id} UPDATE")
    _require_held(incident, command.update)
    if not command.reason.strip():
        raise Refused("reason_missing", "Rejecting needs a reason.", "Give one with --reason.")
    return [e.UpdateRejected(update=command.update, approver=command.approver, reason=command.reason.strip())]


def _require_held(incident: Incident, update: str) -> None:
    if update not in {held.id for held in incident.held}:
        waiting = ", ".join(held.id for held in incident.held) or "none"
        raise Refused("unknown_update", f"No update {update!r} waits for approval.", f"Waiting: {waiting}.")


def _require_so(incident: Incident, update: str, context: RuleContext) -> None:
    """Refuse what was written of another state of things: it would be told as if it were so now."""
    held = next(one for one in incident.held if one.id == update)
    now = so(incident, context.policy).whole
    if held.so and held.so != now:
        reason = f"{update} was written when this was so: {held.so} Now this is so: {now}"
        how = f"flightrules update reject {incident.id} {update} --reason TEXT"
        raise Refused("overtaken", reason, f"Reject it ({how}), and have a new one written.")


def notices(incident: Incident, context: RuleContext) -> list[e.Event]:
    """Return the updates that go out to the public automatically now.

    The first goes out at once if the policy gives no time, and one more whenever the state changes.
    """
    held = _must_wait(context, own_text=False) or unheard(incident)
    if incident.voice or not (
        context.public and context.policy.communication.automatic and _is_due(incident, context, held=held)
    ):
        return []
    again = _is_old(incident, context)
    text = so(incident, context.policy).whole == incident.public_so and again and still(incident)
    if text and held:
        return []  # nobody need approve that nothing is new
    waiting = sum(not one.by_rules for one in incident.held)
    if held and waiting >= MOST_HELD:
        return []  # what is so by then is offered once a person has answered some
    return [public_update(incident, context.policy, text or "", held=held, by_rules=True)]


def _is_due(incident: Incident, context: RuleContext, *, held: bool) -> bool:
    news = so(incident, context.policy).whole != incident.public_so
    waits = any(one.by_rules for one in incident.held)
    if incident.public_at is not None:
        return news or (waits and not held) or _is_old(incident, context)
    if not incident.public_status or unheard(incident):
        return news and _at_once(incident, context)
    if held:
        return news
    return (news or waits) and _at_once(incident, context)


def _is_old(incident: Incident, context: RuleContext) -> bool:
    """Return True if something bad goes on and the public has heard nothing about it for the update interval."""
    told, every = incident.public_last_at, timedelta(minutes=context.policy.budgets.external_update)
    bad = incident.severity in (Severity.P1, Severity.P2) and incident.restored_at is None
    return bad and told is not None and incident.phase is not Phase.CLOSED and context.now - told >= max(every, FLOOR)


FLOOR = timedelta(minutes=5)
"""The public is never told more often that there is nothing new."""


def _at_once(incident: Incident, context: RuleContext) -> bool:
    limits, later = context.policy.budgets.external_notice, worse_later(incident)
    open_now = incident.phase is not Phase.CLOSED and (incident.restored_at is None or later)
    return incident.severity is not None and limits.of(incident.severity) == 0 and open_now
