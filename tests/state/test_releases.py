from __future__ import annotations

from datetime import timedelta

import pytest

from flightrules.errors import Refused
from flightrules.state import commands as c
from flightrules.state.evidence import Deploy
from flightrules.state.policy import DecisionPolicy, Policy
from flightrules.state.releases import GoodRelease, History, Observation, good_releases, names, recent_deployment
from flightrules.state.rules.deciding import candidates_of
from flightrules.state.vocabulary import Path
from tests.state.core import (
    AGENT,
    BAD,
    DEPLOYS,
    FIXED,
    GOOD,
    NOON,
    OLD,
    PERSON,
    Core,
    decided,
    failed,
    recurred,
    rolled_back,
    seen,
)

POLICY = DecisionPolicy()
HOUR = timedelta(hours=1)
NOT_HEX = "z" * 40


def deploy(sha: str, hours_ago: float) -> Deploy:
    return Deploy(sha=sha, at=NOON - hours_ago * HOUR)


def observed(sha: str, hours_ago: float, *, healthy: bool = True) -> Observation:
    return Observation(release=sha, healthy=healthy, at=NOON - hours_ago * HOUR, by="verify")


def chosen(*deploys: Deploy, seen_as: tuple[Observation, ...] = (), **given: object) -> list[str]:
    options: dict[str, object] = {"current": BAD, "policy": POLICY} | given
    history = History(deploys=deploys, observations=seen_as)
    return [good.release for good in good_releases(history, **options)]  # type: ignore[arg-type]


THREE = (deploy(BAD, 1), deploy(GOOD, 30), deploy(OLD, 90))


@pytest.mark.requirement("REL-observed-first")
def test_an_observed_release_comes_before_one_that_merely_served() -> None:
    assert chosen(*THREE) == [GOOD, OLD]
    assert chosen(*THREE, seen_as=(observed(OLD, 40),)) == [OLD, GOOD]
    assert chosen(*THREE, seen_as=(observed(OLD, 40), observed(GOOD, 20))) == [GOOD, OLD]


@pytest.mark.requirement("REL-observed-first")
def test_a_release_that_was_observed_and_served_is_named_once_with_the_stronger_ground() -> None:
    found = good_releases(History(deploys=THREE, observations=(observed(GOOD, 20),)), current=BAD, policy=POLICY)
    assert [(good.release, good.ground) for good in found] == [(GOOD, "observed_healthy"), (OLD, "served")]
    assert "seen healthy at" in found[0].why
    assert "no healthy observation is on record" in found[1].why


@pytest.mark.requirement("REL-never-current")
@pytest.mark.parametrize("told", [BAD, BAD[:7], BAD[:12]])
def test_the_release_that_runs_now_is_never_chosen_however_it_is_told(told: str) -> None:
    seen_as = (observed(BAD, 2), observed(GOOD, 20))
    assert BAD not in chosen(deploy(OLD, 0.1), *THREE, seen_as=seen_as, current=told)


@pytest.mark.requirement("REL-never-condemned")
def test_a_condemned_release_is_never_chosen_until_it_was_seen_healthy_again() -> None:
    bad_last = (observed(GOOD, 20), observed(GOOD, 10, healthy=False))
    assert chosen(*THREE, seen_as=bad_last) == [OLD]
    assert chosen(*THREE, seen_as=(*bad_last, observed(GOOD, 5))) == [GOOD, OLD]


@pytest.mark.requirement("REL-served-long-enough")
@pytest.mark.parametrize(("minutes", "good"), [(59, []), (60, [GOOD]), (61, [GOOD])])
def test_a_release_counts_as_good_by_history_only_when_it_served_long_enough(minutes: int, good: list[str]) -> None:
    assert chosen(deploy(BAD, 1), deploy(GOOD, 1 + minutes / 60)) == good


@pytest.mark.requirement("REL-served-long-enough")
def test_checking_out_the_same_release_again_does_not_cut_its_service_short() -> None:
    again = (deploy(BAD, 1), deploy(GOOD, 1.1), deploy(GOOD, 30))
    assert chosen(*again) == [GOOD]


@pytest.mark.requirement("REL-served-long-enough")
def test_time_after_onset_is_no_good_service() -> None:
    deploys = (deploy(BAD, 1), deploy(GOOD, 5), deploy(OLD, 90))
    assert chosen(*deploys, onset=NOON - 30 * HOUR) == [OLD]


@pytest.mark.requirement("REL-full-ids-only")
@pytest.mark.parametrize("sha", [GOOD[:7], GOOD[:39], NOT_HEX])
def test_an_abbreviated_or_malformed_commit_is_never_chosen(sha: str) -> None:
    assert chosen(deploy(BAD, 1), deploy(sha, 30)) == []


@pytest.mark.requirement("REL-policy")
def test_deploy_history_can_be_distrusted() -> None:
    strict = DecisionPolicy(trust_deploy_history=False)
    assert chosen(*THREE, policy=strict) == []
    assert chosen(*THREE, seen_as=(observed(OLD, 40),), policy=strict) == [OLD]


@pytest.mark.requirement("REL-never-suspect")
def test_the_release_whose_deployment_is_suspected_is_never_chosen() -> None:
    """A hot fix was tried after onset: going back to what it replaced would bring the incident back."""
    deploys = (deploy(FIXED, 0.2), deploy(BAD, 3), deploy(GOOD, 30))
    assert chosen(*deploys, current=FIXED, onset=NOON - HOUR) == [GOOD]


@pytest.mark.requirement("DEC-recent-deployment")
@pytest.mark.parametrize(
    ("hours_ago", "found"),
    [(0, True), (1, True), (24, True), (24.1, False), (-0.05, True), (-0.2, False)],
)
def test_a_deployment_counts_as_recent_inside_the_window_before_onset(hours_ago: float, found: bool) -> None:  # noqa: FBT001
    assert (recent_deployment([deploy(BAD, hours_ago)], onset=NOON, policy=POLICY) is not None) is found


def test_the_newest_deployment_in_the_window_is_the_suspect() -> None:
    assert recent_deployment(THREE, onset=NOON, policy=DecisionPolicy(recent_deployment_hours=100)) == THREE[0]


@pytest.mark.parametrize(
    ("told", "same"), [(GOOD, True), (GOOD[:7], True), (GOOD[:6], False), ("", False), (BAD, False)]
)
def test_a_commit_may_be_told_abbreviated_but_not_shorter_than_git_does(told: str, same: bool) -> None:  # noqa: FBT001
    assert names(told, GOOD) is same


# -- in an incident ------------------------------------------------------------------------------------------------


def best(core: Core) -> str | None:
    found = candidates_of(core.incident, core.context(AGENT))
    return found[0].release if found else None


@pytest.mark.requirement("REL-observed-first")
def test_the_decision_names_the_release_and_its_ground() -> None:
    good = decided().incident.chosen
    assert good is not None
    assert (good.release, good.ground) == (GOOD, "observed_healthy")


@pytest.mark.requirement("REL-left-behind")
def test_after_a_rollback_that_did_not_help_neither_of_its_releases_is_proposed_again() -> None:
    core = rolled_back().verify(seen(GOOD))
    assert core.incident.path is Path.PERSON
    assert best(core) == OLD


@pytest.mark.requirement("REL-left-behind")
def test_after_a_rollback_that_failed_the_same_release_may_be_tried_again() -> None:
    assert best(failed()) == GOOD


@pytest.mark.requirement("REL-left-behind")
def test_a_person_may_still_name_a_release_that_is_no_candidate() -> None:
    core = recurred().verify(seen(OLD)).choose(Path.ROLLBACK, GOOD)
    assert core.incident.chosen is not None
    assert core.incident.chosen.ground == "named_by_person"
    assert "Ada" in core.incident.chosen.why


@pytest.mark.requirement("EVI-never-forgotten")
def test_a_deploy_history_that_cannot_be_read_again_is_not_forgotten() -> None:
    core = Core().assess().assess(seen(None, deploys=None))
    assert core.incident.facts is not None
    assert not core.incident.facts.deploys_known
    assert best(core) == GOOD
    core.classify(None)
    core.do(c.Decide())
    assert core.incident.path is Path.ROLLBACK


@pytest.mark.requirement("DEC-person-names-release")
@pytest.mark.parametrize(
    ("named", "release", "ground"),
    [
        (None, GOOD, "observed_healthy"),
        (GOOD[:9], GOOD, "observed_healthy"),
        (OLD[:7], OLD, "served"),
        (FIXED, FIXED, "named_by_person"),
        (BAD[:8], BAD, "named_by_person"),
    ],
)
def test_a_person_names_a_release_in_full_or_abbreviated(named: str | None, release: str, ground: str) -> None:
    good = decided().choose(Path.ROLLBACK, named).incident.chosen
    assert isinstance(good, GoodRelease)
    assert (good.release, good.ground) == (release, ground)


@pytest.mark.requirement("DEC-person-names-release")
def test_an_abbreviation_that_fits_two_releases_or_none_is_refused() -> None:
    twin = GOOD[:20] + "0" * 20
    core = Core().assess(seen(deploys=(*DEPLOYS, Deploy(sha=twin, at=NOON - timedelta(days=20))))).classify()
    with pytest.raises(Refused, match="more than one release"):
        core.choose(Path.ROLLBACK, GOOD[:10])
    with pytest.raises(Refused, match="not in the deploy history"):
        core.choose(Path.ROLLBACK, FIXED[:10])


@pytest.mark.requirement("DEC-good-release-needed")
def test_a_person_cannot_roll_back_to_nothing() -> None:
    core = Core().assess(seen(deploys=DEPLOYS[:1]))
    core.do(c.RecordAssessment(findings=seen(deploys=DEPLOYS[:1])))
    core.classify()
    with pytest.raises(Refused) as no:
        core.do(c.DecideByPerson(path=Path.ROLLBACK, reason="now"), PERSON)
    assert no.value.code == "no_good_release"
    assert "--to SHA" in no.value.remedy


@pytest.mark.requirement("REL-policy")
def test_an_incident_judges_by_its_targets_policy() -> None:
    policy = Policy(decision=DecisionPolicy(recent_deployment_hours=1))
    deploys = (DEPLOYS[0].model_copy(update={"at": NOON - 2 * HOUR}), *DEPLOYS[1:])
    core = Core(policy=policy).assess(seen(well=True, deploys=deploys)).classify()
    core.do(c.Decide())
    assert core.incident.path is Path.INVESTIGATE
