"""All rules, one an entry: the list that tests/test_requirements.py compares with the tests.

`source` says where a rule comes from: `protocol:severity` is a section of docs/incident-protocol.md, `design:N` a
sentence of the project's design, `peers:7.2` a failure reproduced in a comparable system, `project` an addition that
the other rules need.
A rule with status `planned` is a visible gap: nothing tests it, and its note says what is missing.
"""

from __future__ import annotations

from typing import Literal, NamedTuple


class Rule(NamedTuple):
    """One rule."""

    id: str
    says: str
    source: str
    status: Literal["built", "planned"] = "built"
    note: str = ""


RULES: tuple[Rule, ...] = (
    # -- order ---------------------------------------------------------------------------------------------------------
    Rule("ORD-table", "Phases change only along one transition table.", "protocol:order"),
    Rule("ORD-complete", "Each call in each state has an answer: events, or a refusal with a way out.", "project"),
    Rule("ORD-legal-calls-are-legal", "Calls that an answer names as legal are legal.", "project"),
    Rule("ORD-no-dead-end", "In every phase somebody can go on, and a person can end the incident.", "project"),
    Rule(
        "ORD-assess-first", "Severity needs an assessment, or the assessment's time has run out.", "protocol:assessment"
    ),
    Rule(
        "ORD-detection-starts-the-clock",
        "Time counts from detection, even if the incident is opened later.",
        "protocol:assessment",
    ),
    Rule("ORD-rolling-back-runs-to-its-end", "A decision never interrupts a running rollback.", "project"),
    Rule("ORD-person-decides-any-time", "A person may decide again at any time except during a rollback.", "project"),
    Rule("ORD-person-closes", "Only a person ends an incident.", "project"),
    Rule("ORD-stand-down", "A person may end an incident early, with a reason.", "project"),
    Rule(
        "PRE-doctor",
        "`flightrules doctor` tries every precondition of an incident for real.",
        "protocol:when-it-applies",
    ),
    # -- assessment ----------------------------------------------------------------------------------------------------
    Rule("EVI-scope", "An assessment names the services and features that are broken.", "protocol:assessment"),
    Rule("EVI-unknown-is-neither", "A value that could not be read is unknown: neither good nor bad.", "project"),
    Rule("EVI-never-forgotten", "A later failed read does not erase an earlier reading.", "project"),
    Rule("EVI-numbered", "Each piece of evidence has a permanent number.", "project"),
    Rule(
        "EVI-probes",
        "The assessment runs the quick diagnosis: services, logs, resources, disk, memory, deployments, health.",
        "protocol:assessment",
    ),
    # -- severity ------------------------------------------------------------------------------------------------------
    Rule("SEV-levels", "There are four severities, from critical to low.", "protocol:severity"),
    Rule("SEV-P1-outage", "A complete outage is critical.", "protocol:severity"),
    Rule("SEV-P1-data", "Data loss or corruption is critical.", "protocol:severity"),
    Rule("SEV-P1-breach", "A security breach is critical.", "protocol:severity"),
    Rule("SEV-P2-major", "A broken major feature or significant degradation is high.", "protocol:severity"),
    Rule("SEV-P3-minor", "A broken minor feature or partial degradation is medium.", "protocol:severity"),
    Rule("SEV-P4-edge", "An edge case of minimal impact is low.", "protocol:severity"),
    Rule("SEV-evidence", "Evidence gives a severity even if nobody states one.", "design:Severity"),
    Rule("SEV-rules-named", "A severity names every rule that led to it.", "design:Severity"),
    Rule("SEV-default-floor", "If nobody chooses a severity, it is the floor that the rules give.", "design:Severity"),
    Rule("SEV-floor-never-falls", "The floor never falls by itself.", "design:Severity"),
    Rule(
        "SEV-unknown-lowers-nothing", "Evidence that could not be collected never lowers a severity.", "design:Severity"
    ),
    Rule("SEV-agent-raises", "An agent may raise the severity, with a reason.", "design:Severity"),
    Rule("SEV-person-lowers", "Only a person may go below the floor, with a reason.", "design:Severity"),
    Rule(
        "SEV-person-holds",
        "An agent may raise a severity that a person set, never lower it; older rules do not change it.",
        "project",
    ),
    Rule("SEV-no-guess", "Without evidence and without a statement no severity is given.", "project"),
    # -- budgets -------------------------------------------------------------------------------------------------------
    Rule(
        "BUD-assessment",
        "An assessment has five minutes; after that, partial evidence is enough.",
        "protocol:assessment",
    ),
    Rule("BUD-response-P1", "A critical incident's first mitigation starts within 5 minutes.", "protocol:severity"),
    Rule("BUD-response-P2", "A high incident's first mitigation starts within 15 minutes.", "protocol:severity"),
    Rule("BUD-response-P3", "A medium incident's first mitigation starts within an hour.", "protocol:severity"),
    Rule("BUD-response-P4", "A low incident's first mitigation starts within 4 hours.", "protocol:severity"),
    Rule(
        "BUD-response-unclassified", "Until an incident is classified, the shortest response time applies.", "project"
    ),
    Rule("BUD-rollback", "A rollback has 10 minutes from approval to healthy production.", "protocol:rollback"),
    Rule("BUD-never-kills", "A rollback over its time is reported, not killed.", "design:Budgets"),
    Rule("BUD-fix-wanted", "A fix should take under 15 minutes.", "protocol:decision"),
    Rule("BUD-fix-limit", "At 30 minutes a fix is over.", "protocol:fix"),
    Rule("BUD-investigate", "An investigation lasts for the rest of the response time.", "design:Decision 6"),
    Rule(
        "BUD-monitoring",
        "Monitoring ends 30 minutes, 1, 4 and 24 hours after restoration, each for its own checks.",
        "protocol:monitoring",
    ),
    Rule("BUD-review", "Critical and high incidents are reviewed within a week.", "protocol:review"),
    Rule("BUD-from-detection", "Budgets start at detection.", "design:Budgets"),
    Rule("BUD-breach-once", "A spent budget is recorded once, with the time it ran out.", "design:Budgets"),
    Rule("BUD-breach-new-limit", "Another severity has another limit, and its own breach.", "project"),
    Rule("BUD-restart-proof", "A restart changes no budget.", "design:Budgets"),
    Rule("BUD-configurable", "Every number can be configured.", "design:Budgets"),
    Rule(
        "SRV-restart-anywhere",
        "A server killed in any phase leaves status, budgets, question, checklist, watch and outbox to the next.",
        "design:Everything is one log",
    ),
    # -- decision ------------------------------------------------------------------------------------------------------
    Rule("DEC-critical", "A critical incident is rolled back at once.", "protocol:decision"),
    Rule(
        "DEC-outage-data-breach",
        "An outage, lost or corrupt data, or a confirmed breach is rolled back at once.",
        "protocol:decision",
    ),
    Rule("DEC-recent-deployment", "After a recent deployment the decision is rollback.", "protocol:decision"),
    Rule("DEC-five-conditions", "After a recent deployment a fix needs all five conditions.", "protocol:decision"),
    Rule("DEC-quick-fix", "A known cause with a quick fix is fixed.", "protocol:decision"),
    Rule(
        "DEC-long-fix",
        "Without a known fix, or with one of over 30 minutes, the decision is rollback.",
        "protocol:decision",
    ),
    Rule("DEC-fix-limit", "A fix that takes longer than the limit is never chosen.", "protocol:decision"),
    Rule("DEC-investigate", "An unknown cause is investigated first.", "protocol:decision"),
    Rule(
        "DEC-middling-fix",
        "A fix of 15 to 30 minutes: rollback if there is a good release, else fix.",
        "design:Decision 5",
    ),
    Rule("DEC-P2-never-fix", "A high incident is never fixed without a person's decision.", "protocol:decision"),
    Rule("DEC-good-release-needed", "Without a good release a person decides.", "design:Decision 8"),
    Rule("DEC-warn", "A rollback that may not help is proposed with that warning.", "design:Decision 8"),
    Rule("DEC-complete", "Every input has an answer, and every answer can be reached.", "project"),
    Rule("DEC-trace", "The answer lists each question, what it saw, and the source.", "design:Decision"),
    Rule("DEC-unknown-is-no-good-news", "An unknown deployment history counts as a recent deployment.", "project"),
    Rule("DEC-fix-failed", "A fix that failed falls back to rollback.", "protocol:fix"),
    Rule("DEC-one-attempt", "After one rollback that did not help, a person decides.", "project"),
    Rule("DEC-person-above-tree", "An agent cannot undo a person's decision.", "project"),
    Rule(
        "DEC-person-names-release", "A person may name the release; an abbreviation must match exactly one.", "project"
    ),
    Rule("DEC-configurable", "The limits of the tree come from policy.", "design:Budgets"),
    # -- the release to go back to -------------------------------------------------------------------------------------
    Rule(
        "REL-observed-first", "A release that was seen healthy comes before one that only served.", "protocol:rollback"
    ),
    Rule(
        "REL-served-long-enough",
        "A release counts by history only if it served long enough before onset.",
        "project",
    ),
    Rule("REL-never-current", "The running release is never the one to go back to.", "project"),
    Rule("REL-never-condemned", "A release last seen unhealthy is never chosen.", "project"),
    Rule("REL-never-suspect", "A release whose deployment is suspected is never chosen.", "project"),
    Rule(
        "REL-left-behind",
        "A release that this incident left, or tried without being restored, is never chosen.",
        "project",
    ),
    Rule("REL-full-ids-only", "Only full commit ids are ever chosen.", "project"),
    Rule("REL-policy", "Policy says if history is trusted, and after how long.", "project"),
    # -- plan and approval ---------------------------------------------------------------------------------------------
    Rule("PLAN-needed", "Nothing is rolled back without a plan.", "design:Decision"),
    Rule("PLAN-good-release", "A plan needs a release known to be good, or named by a person.", "design:Decision"),
    Rule("PLAN-exact-steps", "A plan has the exact words of every command.", "design:Approval"),
    Rule("PLAN-no-words-from-agents", "No text of an agent or of production becomes a word of a command.", "project"),
    Rule(
        "PLAN-undo-before-change",
        "Only the last step changes what serves users; earlier steps can be undone.",
        "project",
    ),
    Rule("PLAN-refusals", "A plan that cannot work is refused, with the reason.", "project"),
    Rule("PLAN-every-host", "A plan covers every host except those that a person leaves out.", "project"),
    Rule("PLAN-only-needed-hosts", "A host is skipped only if it was seen to run the release.", "project"),
    Rule("PLAN-migrations", "Migrations between the releases are found and shown.", "design:Decision"),
    Rule("PLAN-acknowledge", "The approver must acknowledge what cannot be undone.", "design:Decision"),
    Rule("PLAN-warnings", "Risks of the plan are shown before the approval.", "project"),
    Rule(
        "PLAN-digests",
        "Another step gives another intent digest; anything else shown gives another review digest.",
        "design:Approval",
    ),
    Rule("APP-needed", "No rollback starts without an approval.", "design:Approval"),
    Rule("APP-person-only", "Only a person approves or rejects.", "design:Approval"),
    Rule("APP-named", "The name of the approver is missing.", "design:Approval"),
    Rule("APP-exact-plan", "An approval counts for one exact plan.", "design:Approval"),
    Rule("APP-channel", "Policy says which channels count for which severity.", "design:Approval"),
    Rule("APP-expires", "An approval expires.", "design:Approval"),
    Rule("APP-once", "An approval works once.", "design:Approval"),
    Rule(
        "APP-world-moved",
        "An approval is void once production changes; changes that happen by themselves do not count.",
        "design:Approval",
    ),
    Rule("APP-policy-changed", "An approval is void once the policy changes.", "project"),
    Rule("APP-phase-left", "An approval is void once a new decision is made.", "design:Approval"),
    Rule("APP-rejected", "A rejected plan is gone; its reason stays in the log.", "project"),
    Rule("APP-bad-signature", "An invalid signature is refused, with the reason.", "project"),
    Rule("APP-unknown-signer", "A key signs for the person, purpose and time of its line in the file.", "project"),
    Rule("APP-ssh-keygen", "`ssh-keygen -Y` verifies our signatures, and we verify those it makes.", "project"),
    Rule("APP-touch", "Touch and user verification are read from the signature; policy can require them.", "project"),
    Rule("APP-signed", "A signature counts only for the plan, words and time it names.", "project"),
    Rule("APP-verified-again", "A signature is verified again when its approval is used.", "project"),
    Rule("APP-two-people", "If two must approve, they are two people.", "project"),
    Rule("APP-requester", "If policy says so, the person whose agent asked for a plan cannot approve it.", "project"),
    Rule("APP-standing", "An approval signed in advance counts within its terms, and is used up.", "project"),
    Rule(
        "APP-first-step",
        "An approval must still be valid when the first step starts on a host.",
        "project",
    ),
    Rule("APP-standing-revoked", "An approval signed in advance can be revoked.", "project"),
    Rule("APP-forged", "If signatures count, an approval forged in the log starts nothing.", "project"),
    Rule("APP-question-survives", "With keys set, a pending question survives a restart of the server.", "project"),
    Rule("APP-proves", "Each approval says what its channel proves.", "design:Approval"),
    # -- rollback ------------------------------------------------------------------------------------------------------
    Rule("RB-checkout", "The good release is checked out on the host.", "protocol:rollback"),
    Rule("RB-restart", "Services are restarted on it.", "protocol:rollback"),
    Rule("RB-verify-started", "The server verifies that services started.", "protocol:rollback"),
    Rule("RB-health-outside", "Health is verified from outside.", "protocol:rollback"),
    Rule("RB-proof", "A rollback succeeds only with proof that the release runs.", "design:What it is"),
    Rule("RB-at-most-once", "An operation is handed over once, and never blindly repeated.", "design:One incident 4"),
    Rule(
        "RB-indeterminate",
        "A rollback whose end could not be seen is indeterminate, never a success.",
        "design:One incident 4",
    ),
    Rule("RB-host-by-host", "Hosts go in order, canary first; a failure stops the rest.", "project"),
    Rule("RB-followed", "Each follower of a rollback gets its outcome, even if it ended between two calls.", "project"),
    Rule("RB-partial-named", "A rollback that ended midway names the hosts on each side.", "project"),
    # -- fix -----------------------------------------------------------------------------------------------------------
    Rule("FIX-only-P3-P4", "The tree chooses a fix only for medium and low incidents.", "protocol:fix"),
    Rule("FIX-begin", "A fix starts only if it was decided.", "protocol:fix"),
    Rule("FIX-branch", "A fix has its own branch, named after the incident.", "protocol:fix"),
    Rule("FIX-ends", "A fix ends as deployed with a reference, failed or abandoned.", "protocol:fix"),
    Rule("FIX-over", "A fix past its limit is over, whatever is reported.", "protocol:fix"),
    Rule(
        "FIX-checklist",
        "A deployed fix was checked for root cause, side effects, local test, tests and documentation.",
        "protocol:fix",
    ),
    Rule(
        "FIX-branch-created",
        "The branch is created once in the user's checkout, without switching to it.",
        "protocol:fix",
    ),
    Rule("FIX-tests-run", "The server runs the configured tests itself, and their result counts.", "protocol:fix"),
    Rule("FIX-what-runs", "After a fix, what runs in production is compared with the fixed commit.", "protocol:fix"),
    # -- verification and monitoring -----------------------------------------------------------------------------------
    Rule("VER-services", "Services are running and healthy.", "protocol:verification"),
    Rule("VER-errors", "The errors of the assessment have stopped.", "protocol:verification"),
    Rule("VER-functions", "Critical functions work.", "protocol:verification"),
    Rule("VER-user-reports", "Continuing user reports count against restoration.", "protocol:verification"),
    Rule("VER-performance", "Performance is normal.", "protocol:verification"),
    Rule("VER-new-issues", "No new problem appeared.", "protocol:verification"),
    Rule("VER-release", "After a rollback the promised release runs.", "project"),
    Rule("VER-three-verdicts", "The verdict is restored, not restored or inconclusive.", "design:Failure kinds"),
    Rule("VER-never-guess", "Missing telemetry is never a pass.", "design:Failure kinds"),
    Rule("VER-before-monitoring", "Nothing counts as resolved without a verification.", "protocol:verification"),
    Rule("VER-person-accepts", "A person, by name, may vouch for what no probe can show.", "project"),
    Rule("MON-recurrence", "A recurrence during monitoring leads back to a decision.", "protocol:monitoring"),
    Rule(
        "MON-schedule",
        "Logs are watched for 30 minutes, health every 10 minutes to an hour, errors to 4 hours, recurrence to 24.",
        "protocol:monitoring",
    ),
    Rule("MON-continuous", "For the first half hour logs are read continuously.", "protocol:monitoring"),
    Rule("MON-health", "In the first hour health is checked every ten minutes.", "protocol:monitoring"),
    Rule(
        "MON-error-rate",
        "For four hours the error rate is compared with the level before the incident, or reported as unknown.",
        "protocol:monitoring",
    ),
    Rule(
        "MON-missed", "A check that did not run is recorded as missed, once for each gap, never as passed.", "project"
    ),
    Rule(
        "MON-inconclusive",
        "A check that could not read production is inconclusive, not a pass.",
        "design:Failure kinds",
    ),
    Rule("MON-by-template", "Two error lines with the same template are the same error.", "project"),
    Rule("MON-once", "If several processes watch one log, each check is recorded once.", "project"),
    Rule("MON-survives", "The schedule is in the log, so a restart does not change it.", "design:Budgets"),
    Rule("MON-for-all", "A target that cannot be read does not stop the monitoring of others.", "project"),
    Rule("MON-reads-only", "Monitoring changes nothing in production.", "project"),
    Rule("MON-confirmed", "A failed request is repeated before it counts as a recurrence.", "project"),
    Rule("MON-held-back", "While a newer incident of the target is open, the older one is not judged.", "project"),
    Rule(
        "MON-closed-early",
        "Closing before the end of monitoring tells the person what was not watched.",
        "protocol:monitoring",
    ),
    # -- analysis and report -------------------------------------------------------------------------------------------
    Rule("RCA-first", "The root cause comes before the report, again in a second round.", "protocol:root-cause"),
    Rule(
        "RCA-not-known",
        "An unknown root cause is written as not known, or the report is refused.",
        "protocol:root-cause",
    ),
    Rule("RCA-five-whys", "The analysis asks why repeatedly, with the evidence of each answer.", "protocol:root-cause"),
    Rule("RCA-timeline", "Outside observations join the timeline, with their time and source.", "protocol:root-cause"),
    Rule(
        "RCA-compare",
        "What changed between the good and the bad release is read from production.",
        "protocol:root-cause",
    ),
    Rule("RCA-metrics", "Measurements from before, during and after are compared.", "protocol:root-cause"),
    Rule(
        "RCA-reproduce", "The record says if the problem can be reproduced, and what was tried.", "protocol:root-cause"
    ),
    Rule("RCA-evidence", "A conclusion cites evidence of this incident; anything else is a hypothesis.", "project"),
    Rule("REP-written", "A report is written, and may be written again.", "protocol:report"),
    Rule("REP-timeline", "The timeline has the protocol's moments in order.", "protocol:report"),
    Rule(
        "REP-impact",
        "It states severity, users affected, duration and business impact, or that they are not known.",
        "protocol:report",
    ),
    Rule(
        "REP-resolution", "It reports a rollback or a fix as done only if it was proven or deployed.", "protocol:report"
    ),
    Rule("REP-action-items", "Action items have an owner and a due date.", "protocol:report"),
    Rule("REP-action-ids", "An action item has a permanent id.", "project"),
    Rule("REP-sections", "The report has every section and line of the template, in its order.", "protocol:report"),
    Rule("REP-evidence", "Each statement names the events and evidence behind it.", "protocol:report"),
    Rule("REP-deterministic", "The same log gives the same report, byte for byte.", "project"),
    Rule(
        "REP-missing-refused",
        "If policy says so, a report with gaps is refused, and every gap is named at once.",
        "project",
    ),
    Rule("REP-missing-said", "Missing information is named as missing, never invented.", "project"),
    Rule("REP-filed", "It is filed under the incident's day and id.", "protocol:report"),
    Rule(
        "REP-review-item",
        "For critical and high incidents the review is an action item with a date.",
        "protocol:review",
    ),
    Rule("OUT-summary", "The completion summary has the protocol's lines in the protocol's order.", "protocol:report"),
    Rule(
        "CLO-search",
        "Earlier incidents are found by evidence, statements and actions, with their cause.",
        "design:memory",
    ),
    Rule(
        "PLA-brief",
        "The planner gets quality issues, process improvements, spec updates and technical debt.",
        "protocol:planner",
    ),
    Rule("PLA-sinks", "The brief goes to each configured sink, once if the sink can tell.", "protocol:planner"),
    # -- prompts -------------------------------------------------------------------------------------------------------
    Rule(
        "PRO-prompts", "An agent gets the protocol together with the state of the incident.", "protocol:when-it-applies"
    ),
    Rule("PRO-when", "The prompt says on which occasions to open an incident.", "protocol:when-it-applies"),
    Rule(
        "PRO-review",
        "The review covers everyone concerned, the report, the action items and the process.",
        "protocol:review",
    ),
    Rule("PRO-completions", "Incidents, targets, releases and evidence can be completed while typing.", "project"),
    Rule("PRO-skill", "The same text can be loaded as a skill.", "protocol:when-it-applies"),
    # -- communication -------------------------------------------------------------------------------------------------
    Rule("COM-four-words", "A status update describes every phase by one of four words.", "protocol:communication"),
    Rule("COM-update-lines", "A status update has the template's lines in its order.", "protocol:communication"),
    Rule("COM-next-update", "A status update gives the time of the next one.", "protocol:communication"),
    Rule(
        "COM-internal-cadence",
        "Critical and high incidents get an update at least every 15 minutes.",
        "protocol:communication",
    ),
    Rule("COM-overdue", "An overdue update is in every answer, and notified once each time it is overdue.", "project"),
    Rule(
        "COM-external",
        "The public is told at once for critical, within 30 minutes for high, else once extended.",
        "protocol:communication",
    ),
    Rule("COM-external-status", "Once the public knows, it is told each new status.", "protocol:communication"),
    Rule(
        "COM-external-approval", "If policy says so, an agent's own words for the public wait for a person.", "project"
    ),
    Rule("COM-no-leak", "No internal information reaches the public.", "project"),
    Rule(
        "COM-people-told", "People are told at each turn, and approvers are told how to approve.", "protocol:rollback"
    ),
    Rule("COM-outbox", "A message is in the log, keeps its id, and is sent at least once.", "project"),
    Rule("COM-status-page", "The public reads a page and feeds of what was published.", "protocol:communication"),
    Rule("COM-retry", "A failed delivery is retried with pauses, then given up visibly.", "project"),
    Rule("COM-again", "A person may have a given-up message retried, and the log says who.", "project"),
    Rule("COM-calls-nobody", "No text can call, mention or link anybody in any receiver.", "project"),
    Rule("COM-each-once", "Each recipient of an address gets each part of a message once.", "project"),
    Rule(
        "COM-review-calendar",
        "The review is scheduled in time, in a calendar file together with the action items.",
        "protocol:review",
    ),
    Rule("PEO-alone", "A person can type everything that an agent can call, under the same rules.", "project"),
    # -- what only a person may say ------------------------------------------------------------------------------------
    Rule(
        "PER-terminal", "Whatever lowers safety needs a person's yes at a terminal, and the log records it.", "project"
    ),
    Rule("PER-scripts", "A script may give that yes only if policy allows scripts, and the log says so.", "project"),
    # -- text from strangers -------------------------------------------------------------------------------------------
    Rule("UNT-every-way-in", "Text from production is bounded, cleaned and redacted on every way in.", "project"),
    Rule("UNT-fenced", "In an answer, text from production is inside a fence that it cannot end.", "project"),
    Rule("UNT-given", "An agent's text is kept without secrets and without invisible characters.", "project"),
    Rule("UNT-detectors", "Tokens with an issuer's own form are removed.", "project"),
    Rule(
        "UNT-own-patterns",
        "Matches of the user's own patterns are removed; a bad pattern is reported at once.",
        "project",
    ),
    Rule("UNT-identifiers-stay", "Commit ids, image digests and UUIDs are never removed.", "project"),
    Rule(
        "UNT-no-authority",
        "No text from production becomes a command, a severity, an approval or a path.",
        "project",
    ),
    # -- the host ------------------------------------------------------------------------------------------------------
    Rule(
        "HOST-gate",
        "Behind its gate the server's key can do what the protocol needs, checked on the host, and nothing else.",
        "design:Authority",
    ),
    Rule("HOST-told", "A check-up reports what the server's key can do on each host.", "project"),
    # -- the log -------------------------------------------------------------------------------------------------------
    Rule(
        "LOG-one-id",
        "Each call is recorded as received first, has one id, and ends answered, refused or failed.",
        "project",
    ),
    Rule("LOG-chain", "An edit, a removal or a reordering of the log is found and named.", "design:What it is"),
    Rule(
        "LOG-witness",
        "A truncated log is found by comparison with a head that a witness kept.",
        "design:What it is",
    ),
    Rule("LOG-witness-never-blocks", "A failing witness stops no incident, is recorded and is shown.", "project"),
    Rule("LOG-export", "The whole incident is exported as JSON lines, with its part of other streams.", "project"),
    Rule("LOG-canonical", "A value has one byte form and one digest.", "project"),
    Rule("LOG-round-trip", "Every event is read back from the log as written.", "project"),
    Rule("LOG-replay", "Replaying the log gives the stored state.", "design:What it is"),
    Rule(
        "REPL-identical",
        "An incident is replayed through the service from its log alone, with the verdict identical.",
        "project",
    ),
    Rule("REPL-diverged", "A difference is named: the first place, expected and actual.", "project"),
    Rule("REPL-equivalent", "Only fields declared free may differ, and they are named.", "project"),
    Rule(
        "REPL-not-replayable", "A session that cannot be replayed says why, and is never called identical.", "project"
    ),
    Rule("REPL-old", "Events of older versions are read with defaults.", "project"),
    Rule("REPL-session", "A session is one file: complete, redacted and checked.", "project"),
    Rule("REPL-what-if", "A what-if shows what another policy would have changed, new permissions first.", "project"),
    Rule("REPL-kept", "Sessions of released versions stay replayable.", "project"),
    Rule("REPL-plugin", "Users keep their own incidents as tests, at no cost to other suites.", "project"),
    Rule("REPL-recorded", "The log holds all that a replay needs: settings, calls and readings.", "project"),
    Rule("LOG-loud", "An unreadable or impossible event is an error.", "design:Failure kinds"),
    # -- failures that were reproduced in comparable systems -----------------------------------------------------------
    Rule("PEER-crash-between", "A crash between an effect and its record repeats no effect.", "peers:7.2"),
    Rule("PEER-approval-twice", "One approval starts one rollback, however often it is used.", "peers:7.2"),
    Rule("PEER-stdout", "Library output never mixes with the messages of the MCP protocol.", "peers:7.2"),
    Rule("PEER-ledger-truncation", "A truncated log is found.", "peers:7.2"),
    Rule("PEER-telemetry-missing", "A verification without telemetry restores nothing.", "peers:7.2"),
    Rule(
        "PEER-no-op-rollback",
        "A rollback that a variable of the host turns into nothing is not a success.",
        "peers:7.2",
    ),
    Rule("PEER-auto-accept", "A client that agrees by itself approves nothing if signatures count.", "peers:7.2"),
    Rule("PEER-early-answer", "An approval that arrives before anybody waits for it counts, once.", "peers:7.2"),
    Rule(
        "PEER-restart-pending", "A restart while an approval is pending loses neither question nor answer.", "peers:7.2"
    ),
    # -- production faults, played -------------------------------------------------------------------------------------
    Rule("SCN-course", "Each known production fault takes the course that the protocol prescribes.", "project"),
    Rule("SCN-careless-does-nothing", "An agent that tries every wrong thing does no harm.", "project"),
)

BY_ID = {rule.id: rule for rule in RULES}
