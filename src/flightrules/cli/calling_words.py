"""The words of the commands by which a person does what an agent can call.

Knows: commands and options. Must not know: what a command does.
"""

from __future__ import annotations

import argparse

from flightrules.cli.adding import Commands, add, add_incident, add_key, later
from flightrules.state.vocabulary import Impact

MANY = " (repeatable)"


def add_calling(commands: Commands) -> None:
    """Add every call, and the one command that leads through all of them."""
    respond = add(commands, "respond", "lead through a whole incident by questions", later("responding", "respond"))
    respond.add_argument("target", help="a target of the settings")
    add_key(respond)
    respond.set_defaults(acknowledge=False)
    _add_open(commands)
    assess = add(commands, "assess", "read production: collect evidence, change nothing", later("calling", "assess"))
    add_incident(assess)
    _add_fix(commands)
    rollback = add(commands, "rollback", "plan a rollback, have it approved, follow it", later("calling", "rollback"))
    add_incident(rollback)
    add_key(rollback)
    rollback.add_argument("--acknowledge", action="store_true", help="accept the points to acknowledge, without asking")
    verify = add(commands, "verify", "look whether production is restored", later("calling", "verify"))
    add_incident(verify)
    reports = ["decreased", "unchanged", "unknown"]
    verify.add_argument("--user-reports", choices=reports, default="unknown", help="reports of users since restoration")
    _add_analyze(commands)
    _add_report(commands)
    _add_brief(commands)


def _add_open(commands: Commands) -> None:
    open_ = add(commands, "open", "open an incident: starts every clock", later("calling", "open_"))
    open_.add_argument("target", help="a target of the settings")
    open_.add_argument("title", help="one line that says what users see")
    open_.add_argument("--description", default="", help="what else is known")
    open_.add_argument(
        "--detected-at", metavar="TIME", default="", help="when it was noticed, 2026-01-31T09:00; default now"
    )
    open_.add_argument("--onset-at", metavar="TIME", default="", help="when it began, if known")
    open_.add_argument(
        "--via", default="a person", help="how it was noticed: alert, user report ... (default: a person)"
    )
    open_.add_argument("--duplicate-of", metavar="INCIDENT", default="", help="join this open incident instead")


def add_impacts(parser: argparse.ArgumentParser) -> None:
    """Add what the rules find a severity from."""
    names = [str(impact) for impact in Impact]
    parser.add_argument("--impact", action="append", choices=names, default=[], help=f"what users suffer{MANY}")
    parser.add_argument("--reported-by", default="", help="who reported the impacts, or evidence that shows them")
    parser.add_argument("--users-affected", default="", help="number or share of users affected")
    parser.add_argument("--business-impact", default="", help="what it costs the business")


def add_statements(parser: argparse.ArgumentParser) -> None:
    """Add what the decision tree asks for."""
    parser.add_argument("--root-cause", default="", help="only if clearly understood")
    parser.add_argument("--isolated", action="store_true", help="confined to a minor feature")
    parser.add_argument("--fix-safe", action="store_true", help="a fix can be made safely in under 15 minutes")
    parser.add_argument("--fix-minutes", type=int, help="estimate of a fix, in minutes")
    parser.add_argument("--rollback-more-disruptive", action="store_true", help="needs --reason")
    parser.add_argument("--outside-release", action="store_true", help="the cause is outside the deployed release")


def _add_fix(commands: Commands) -> None:
    fix = add(commands, "fix", "take a fix from its beginning to its end", later("calling", "fix"))
    add_incident(fix)
    actions = ["begin", "branch", "test", "deployed", "failed", "abandoned"]
    fix.add_argument("action", choices=actions, help="the next step of the fix, or how it ended")
    fix.add_argument("--says", default="", help="what is changed, or why it failed")
    fix.add_argument(
        "--check", action="append", metavar="POINT=EVIDENCE", default=[], help=f"a point of the checklist{MANY}"
    )
    fix.add_argument("--reference", default="", help="commit or pull request of the fix")
    fix.add_argument("--deployment", default="", help="how it was deployed")


def _add_analyze(commands: Commands) -> None:
    analyze = add(commands, "analyze", "add to the root cause analysis", later("calling", "analyze"))
    add_incident(analyze)
    cited = "evidence in brackets behind it: 'the pool was cut [E3]'"
    analyze.add_argument("--why", action="append", default=[], help=f"an answer to why, {cited}{MANY}")
    analyze.add_argument("--root-cause", default="", help=f"the root cause, {cited}")
    seen = "seen elsewhere: 'TIME; WHAT; WHO OR WHAT SAW IT'"
    analyze.add_argument("--observed", action="append", default=[], help=f"{seen}{MANY}")
    analyze.add_argument(
        "--compare", action="store_true", help="read what changed between the good and the bad release"
    )
    again = ["reliably", "sometimes", "no"]
    analyze.add_argument("--reproduced", choices=again, default="", help="if it was tried again, how often it happened")
    analyze.add_argument("--steps", default="", help="steps that reproduce it")
    analyze.add_argument("--nothing-to-add", metavar="WHY", default="", help="you have no finding: why")


def _add_report(commands: Commands) -> None:
    report = add(commands, "report", "write the incident report", later("calling", "report"))
    add_incident(report)
    report.add_argument("--summary", default="", help="what happened, in a few sentences")
    report.add_argument("--root-cause", default="", help="only if none is recorded")
    report.add_argument("--went-well", action="append", default=[], help=f"what went well{MANY}")
    report.add_argument("--improve", action="append", default=[], help=f"what could be improved{MANY}")
    item = "'WHAT; WHO; 2026-01-31', then '; prevent' (or mitigate, detect, process) and '; LINK' if known"
    report.add_argument("--action", action="append", default=[], help=f"what is to be done: {item}{MANY}")
    report.add_argument("--prevention", action="append", default=[], help=f"what would prevent it{MANY}")
    report.add_argument("--related", action="append", default=[], help=f"feature specs, ADRs, follow-up issues{MANY}")
    report.add_argument("--users-affected", default="", help="number or share of users affected")
    report.add_argument("--business-impact", default="", help="what it cost the business")
    report.add_argument("--trigger", default="", help="the trigger, as opposed to the root cause")
    report.add_argument("--contributing", action="append", default=[], help=f"a contributing factor{MANY}")
    report.add_argument("--lucky", action="append", default=[], help=f"where we got lucky{MANY}")
    report.add_argument("--author", action="append", default=[], help=f"who wrote the report{MANY}")
    report.add_argument(
        "--review", action="append", default=[], help=f"what the review came to, once it was held{MANY}"
    )


def _add_brief(commands: Commands) -> None:
    brief = add(commands, "brief", "brief the planner", later("calling", "brief"))
    add_incident(brief)
    for name, what in (
        ("--quality-issue", "a quality issue found"),
        ("--process-improvement", "an improvement of the process"),
        ("--spec-update", "a feature spec to update"),
        ("--technical-debt", "technical debt found"),
    ):
        brief.add_argument(name, action="append", metavar="TEXT", default=[], help=f"{what}{MANY}")
