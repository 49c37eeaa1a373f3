"""The words of the command line: each command with its arguments and what they mean.

Knows: commands and options. Must not know: what a command does; each is imported when it is run.
"""

from __future__ import annotations

import argparse

from flightrules.cli.adding import Commands, add, add_incident, add_key, add_reason, add_yes, later
from flightrules.cli.calling_words import add_calling, add_impacts, add_statements

SEVERITIES = ["P1", "P2", "P3", "P4"]


CLIENTS = ("claude", "claude-desktop", "codex", "cursor", "gemini", "vscode", "zed")
"""The clients that can be set up (client.py)."""


def add_commands(commands: Commands) -> None:
    """Add every command."""
    _add_server(commands)
    add_calling(commands)
    _add_people(commands)
    _add_messages(commands)
    _add_approving(commands)
    _add_log(commands)
    _add_store(commands)
    _add_sessions(commands)


def _add_server(commands: Commands) -> None:
    serve = add(commands, "serve", "speak MCP, over stdio or HTTP", later("quiet", "serve"))
    serve.add_argument("--http", metavar="HOST:PORT", help="streamable HTTP instead of stdio")
    serve.add_argument("--tls-cert", default="", metavar="FILE", help="with --http: speak TLS with this certificate")
    serve.add_argument("--tls-key", default="", metavar="FILE", help="its key (default: in the certificate's file)")
    watch = add(commands, "watch", "keep deadlines and monitoring alive, without a client", later("watching", "run"))
    watch.add_argument("--once", action="store_true", help="one round, for cron")
    _add_token(commands)
    _add_console(commands)
    init = add(commands, "init", "write a commented flightrules.toml", later("setting_up", "init"))
    init.add_argument("path", nargs="?", default="flightrules.toml", help="default: flightrules.toml here")
    init.add_argument(
        "--from",
        dest="source",
        nargs=2,
        metavar=("HOST", "FOLDER"),
        help="read the settings off a running compose project: USER@ADDRESS[:PORT], and its checkout there",
    )
    init.add_argument("--key", default="", metavar="FILE", help="private key for --from (default: yours in ~/.ssh)")
    init.add_argument("--project", default="", metavar="NAME", help="the compose project, if the folder has several")
    skill = add(commands, "skill", "write the prompts as a skill, for agents that read skills", later("skill", "run"))
    skill.add_argument("folder", help="where your agent looks for skills: .claude/skills")
    _add_client(commands)
    doctor = add(commands, "doctor", "try every part for real and say what to correct", later("setting_up", "doctor"))
    doctor.add_argument("--notify", action="store_true", help="send each destination a message marked as a test too")
    doctor.add_argument("--upgrade", action="store_true", help="say what this version changes, and change nothing")
    doctor.add_argument("--client", choices=CLIENTS, help="speak to the server as this client would instead")
    doctor.add_argument("--file", metavar="FILE", default="", help="the client's file (default: its usual one)")
    _add_host_setup(commands)
    observe = add(
        commands, "observe", "look whether targets are healthy, and remember the release", later("people", "observe")
    )
    observe.add_argument("target", nargs="*", help="a target of the settings; all of them without one")
    deployable = add(
        commands,
        "deployable",
        "exit with 0 if deployments may go on, with 1 while an incident of the target is open",
        later("deployable", "run"),
    )
    deployable.add_argument("target", help="a target of the settings")
    add(commands, "alerts", "list alerts that fire, also those that match no target", later("alerts", "run"))


def _add_client(commands: Commands) -> None:
    client = add(commands, "client", "set up an MCP client that starts this server")
    actions = client.add_subparsers(dest="action", required=True, metavar="ACTION")
    adding = add(actions, "add", "print the client's configuration, or write it", later("client", "add"))
    adding.add_argument("client", choices=CLIENTS, help="the client")
    adding.add_argument("--write", action="store_true", help="write it into the client's file; other servers stay")
    adding.add_argument("--file", metavar="FILE", default="", help="the client's file (default: its usual one)")


def _add_host_setup(commands: Commands) -> None:
    setup = add(
        commands,
        "host-setup",
        "print the gate that keeps the server's key on a host small",
        later("host_setup", "run"),
    )
    setup.add_argument("target", help="a target of the settings")
    setup.add_argument("host", help="one of its hosts, by its name there")
    setup.add_argument("--line", action="store_true", help="print the line for authorized_keys instead")
    setup.add_argument("--path", default="", help="folder of the gate (default: /usr/local/lib/flightrules/TARGET)")
    setup.add_argument("--from", dest="sources", metavar="ADDRESSES", default="", help="who may log in with the key")
    setup.add_argument("--public-key", metavar="FILE", default="", help="file of the public key, if it is elsewhere")


def _add_token(commands: Commands) -> None:
    token = add(commands, "token", "make a bearer token for callers over HTTP", later("token", "run"))
    actions = token.add_subparsers(dest="action", required=True, metavar="ACTION")
    new = add(actions, "new", "print a fresh token, once, and what to add to the settings: its hash")
    new.add_argument("name", help="whose it is; the log keeps it")
    new.add_argument("--scope", action="append", required=True, metavar="SCOPE", help="read or respond (repeatable)")
    new.add_argument(
        "--keep", metavar="FILE", default="", help="write the token there, for its owner alone, and print its table"
    )


def _add_console(commands: Commands) -> None:
    console = add(commands, "console", "sign people in at the web console, and out", later("console", "run"))
    actions = console.add_subparsers(dest="action", required=True, metavar="ACTION")
    link = add(actions, "link", "print a link that signs a person in once; it approves nothing")
    link.add_argument("name", help="one word for one person, as allowed_signers has it: ada@example.org")
    link.add_argument("--role", choices=["look", "act"], default="look", help="look (default): read alone")
    link.add_argument("--expires", default="", metavar="SPAN", help="lifetime of the link (default: 15m)")
    add(actions, "sessions", "list who is signed in")
    add(actions, "end", "end a session").add_argument(
        "session", help="its id, as `flightrules console sessions` has it"
    )


def _add_people(commands: Commands) -> None:
    status = add(commands, "status", "state of an incident; without an id, all incidents", later("standing", "status"))
    add_incident(status, without="all of them without one")
    status.add_argument("--search", metavar="TEXT", default="", help="earlier incidents found by any of these words")
    decide = add(commands, "decide", "decide by the rules, or overrule them as a person", later("calling", "decide"))
    add_incident(decide)
    paths = ["rollback", "fix", "investigate", "rules"]
    decide.add_argument("path", choices=paths, help="the decision of a person; without it, that of the rules")
    add_reason(decide, required=False, why="with a path of your own")
    add_yes(decide)
    add_statements(decide)
    decide.add_argument("--to", metavar="SHA", help="the release to go back to: its commit")
    decide.add_argument("--time", default="", metavar="SPAN", help="with fix: how long it may take, 90m or 18h")
    decide.add_argument("--without", metavar="HOST", action="append", default=[], help="leave a host out (repeatable)")
    classify = add(
        commands, "classify", "find the severity by the rules, or set one as a person", later("calling", "classify")
    )
    add_incident(classify)
    classify.add_argument("--severity", choices=SEVERITIES, help="set this one; P1 is the worst")
    add_reason(classify, required=False, why="with --severity")
    add_yes(classify)
    add_impacts(classify)
    unlock = add(commands, "unlock", "end an operation that is stuck on a host", later("unlocking", "unlock"))
    unlock.add_argument("target", help="a target of the settings")
    unlock.add_argument("host", help="the host that it hangs on")
    unlock.add_argument("operation", help="its id, as the refusal and the report name it")
    add_reason(unlock)
    add_yes(unlock)
    accept = add(
        commands, "accept", "accept production as restored if verify stays inconclusive", later("people", "accept")
    )
    add_incident(accept)
    add_reason(accept)
    add_yes(accept)
    _add_otherwise(commands)
    close = add(commands, "close", "close an incident, or stand it down with a reason", later("people", "close"))
    add_incident(close)
    add_reason(close, required=False)
    kinds = ["duplicate", "handed-over", "false-alarm"]
    close.add_argument(
        "--as", dest="closed_as", choices=kinds, default="", help="what it was, in the words the public reads"
    )
    close.add_argument("--of", dest="duplicate_of", metavar="INCIDENT", default="", help="the incident that goes on")
    add_yes(close)


def _add_otherwise(commands: Commands) -> None:
    mitigated = add(
        commands,
        "mitigated",
        "record a repair by hand, or that the problem ended by itself",
        later("otherwise", "mitigated"),
    )
    add_incident(mitigated)
    mitigated.add_argument("how", choices=["by-hand", "none"], help="none: it was over before anybody did anything")
    mitigated.add_argument("--reason", default="", help="what was done; left out, what an agent claimed counts")
    mitigated.add_argument("--who", default="", help="who did it")
    mitigated.add_argument("--at", default="", metavar="TIME", help="when, as in 2026-01-31T14:05:00Z; default: now")
    mitigated.add_argument("--evidence", action="append", default=[], metavar="TEXT", help="what shows it (repeatable)")
    add_yes(mitigated)
    pace = add(commands, "pace", "set the time for the fix and the cadence of updates", later("otherwise", "pace"))
    add_incident(pace)
    pace.add_argument("--fix", default="", metavar="SPAN", help="from its begin: 90m, 18h, 2d")
    pace.add_argument("--updates", default="", metavar="SPAN", help="between two status updates: 60m")
    add_reason(pace)
    add_yes(pace)
    correct = add(commands, "correct", "put onset, detection or end right", later("otherwise", "correct"))
    add_incident(correct)
    for name, what in (
        ("onset", "when it began"),
        ("detected", "when it was noticed"),
        ("end", "when users were well"),
    ):
        correct.add_argument(f"--{name}", default="", metavar="TIME", help=f"{what}, as in 2026-01-31T14:05:00Z")
    add_reason(correct)
    add_yes(correct)
    ack = add(commands, "ack", "take what you were paged for: it is not sent again", later("otherwise", "ack"))
    add_incident(ack)
    ack.add_argument("--reason", default="", help="a word for the timeline")
    add_yes(ack)


def _add_messages(commands: Commands) -> None:
    deliver = add(
        commands,
        "deliver",
        "send what waits in the outbox now, and say what does not go out",
        later("messages", "deliver"),
    )
    deliver.add_argument("--again", action="store_true", help="what was given up too, from its first try on")
    update = add(commands, "update", "post a status update, or let one out to the public", later("messages", "update"))
    actions = update.add_subparsers(dest="action", required=True, metavar="ACTION")
    post = add(actions, "post", "tell those who work on an incident, or the public")
    add_incident(post)
    post.add_argument("text", help="the update, in your words")
    post.add_argument("--external", action="store_true", help="for the public")
    add_yes(post)
    for name, what in (("approve", "let an update out to the public"), ("reject", "keep it back")):
        action = add(actions, name, what)
        add_incident(action)
        action.add_argument("update", metavar="UPDATE", help="U1, as `flightrules status` names it")
        if name == "approve":
            add_yes(action)
        else:
            add_reason(action)


def _add_approving(commands: Commands) -> None:
    approve = add(
        commands,
        "approve",
        "review a rollback plan and approve it, best with a signature",
        later("approving", "approve"),
    )
    add_incident(approve, without="none with --standing")
    which = add_key(approve)
    which.add_argument("--statement", metavar="FILE", help="write what is to be signed, for a key on another machine")
    which.add_argument("--signed", metavar="FILE", help="hand in that file, signed: its signature is in FILE.sig")
    approve.add_argument("--as", dest="name", metavar="NAME", default="", help="with --statement: who will sign")
    approve.add_argument("--acknowledge", action="store_true", help="accept the points to acknowledge, without asking")
    approve.add_argument("--standing", metavar="TARGET", help="approve in advance, for this target")
    approve.add_argument(
        "--severity", choices=SEVERITIES, default="P1", help="with --standing: at which one (default: P1)"
    )
    approve.add_argument("--uses", type=int, default=1, help="with --standing: how often it may be used (default: 1)")
    approve.add_argument(
        "--expires", default="24h", metavar="SPAN", help="with --standing: 90m, 24h, 7d (default: 24h)"
    )
    approve.add_argument("--hours", default="", metavar="FROM-TO", help="with --standing: hours in UTC, 22-06")
    reject = add(commands, "reject", "reject a rollback plan; the agent gets the reason", later("approving", "reject"))
    add_incident(reject)
    add_reason(reject)
    approvers = add(commands, "approvers", "whose signatures count, and what they signed", later("approvers", "run"))
    approvers.add_argument("--target", metavar="NAME", help="with the policy of this target")
    actions = approvers.add_subparsers(dest="action", required=True, metavar="ACTION")
    add(actions, "list", "who may sign, by which key, until when")
    adding = add(actions, "add", "let a key speak for a person")
    adding.add_argument("name", help="one word for one person: ada@example.org")
    adding.add_argument("public_key", metavar="KEY.pub", help="the file with the public half, or the public key itself")
    adding.add_argument("--valid-before", default="", metavar="TIME", help="20261231 or 20261231235959Z")
    add_key(add(actions, "test", "sign something that approves nothing, and see whose signature it is"))
    add(actions, "standing", "what was approved in advance, and how often it was used")
    revoke = add(actions, "revoke", "take a standing approval back")
    revoke.add_argument("standing", help="its id, as `flightrules approvers standing` lists it")
    add_reason(revoke)


def _add_log(commands: Commands) -> None:
    log = add(commands, "log", "verify, show or export the event log", later("logs", "run"))
    actions = log.add_subparsers(dest="action", required=True, metavar="ACTION")
    verify = add(actions, "verify", "check the hash chain; names the first event that does not hold")
    add_incident(verify, without="the whole log without one")
    verify.add_argument("--head", metavar="HASH", default="", help="a hash noted earlier that must still be there")
    verify.add_argument(
        "--witness", metavar="FILE", action="append", default=[], help="heads that a witness kept (repeatable)"
    )
    show = add(actions, "show", "print what a report names: an event by its number, or evidence")
    add_incident(show)
    show.add_argument("number", nargs="+", metavar="NUMBER", help="12 for event #12, E3 for evidence")
    export = add(actions, "export", "print an incident's events as JSON lines, those in other streams too")
    add_incident(export)


def _add_store(commands: Commands) -> None:
    store = add(commands, "store", "make the schema of the log on PostgreSQL", later("storing", "run"))
    actions = store.add_subparsers(dest="action", required=True, metavar="ACTION")
    migrate = add(actions, "migrate", "bring the schema to this version, as the role that owns it")
    migrate.add_argument("--url", default="", help="the database for its owner (default: [store] url)")
    migrate.add_argument("--password", default="", metavar="PLACE", help="the owner's password: file:PATH or env:NAME")
    migrate.add_argument("--role", default="", help="give this role the server's rights: read and insert events")
    migrate.add_argument(
        "--post", action="store_true", help="also what older versions cannot live with, once none of them runs"
    )


def _add_sessions(commands: Commands) -> None:
    session = add(commands, "session", "take an incident out as a file, or check such a file", later("sessions", "run"))
    actions = session.add_subparsers(dest="action", required=True, metavar="ACTION")
    export = add(actions, "export", "write an incident with all a replay needs, secrets taken out")
    add_incident(export)
    export.add_argument("--output", metavar="FILE", default="", help="default: INCIDENT.jsonl; - prints it")
    check = add(actions, "import", "check files of sessions: chain, content, schema, secrets")
    check.add_argument("file", nargs="+", help="files of sessions, or folders of them")
    replay = add(
        commands, "replay", "replay recorded incidents, or show what another policy changes", later("replaying", "run")
    )
    replay.add_argument("file", nargs="+", help="files of sessions, or folders of them")
    replay.add_argument("--policy", metavar="SETTINGS", default="", help="judge by the policy of this settings file")
    replay.add_argument(
        "--format",
        choices=["table", "markdown", "html", "json"],
        help="with --policy: how it is shown (default: table)",
    )
    replay.add_argument("--quiet", action="store_true", help="name only what is not as it was")
    replay.add_argument(
        "--jobs", type=_jobs, metavar="N", default=0, help="processes that share many files; default: one a core"
    )


def _jobs(said: str) -> int:
    if not said.isdecimal() or not int(said):
        raise argparse.ArgumentTypeError(f"{said!r} is not a number of processes: give 1 or more")
    return int(said)
