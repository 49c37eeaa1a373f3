"""Rules of the protocol, one on each line: the list that tests/test_requirements.py holds the tests against.

`source` says where a rule comes from: `protocol:44` is line 44 of the protocol as its users wrote it, `design:N` a
sentence of the project's design, `peers:7.2` a failure that was reproduced in a comparable system, `project` what this
project adds so that the rule can be kept.
A rule with status `planned` is a gap that everybody can see: nothing tests it, and its note says what is missing.
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
    Rule("ORD-table", "Phases move along one table, and nothing moves them past it.", "protocol:328"),
    Rule(
        "ORD-complete", "Each call in each circumstance has an answer: events, or a refusal with a way out.", "project"
    ),
    Rule("ORD-legal-calls-are-legal", "What an answer names as legal now is legal now.", "project"),
    Rule("ORD-no-dead-end", "From everywhere somebody can move on, and a person can end it.", "project"),
    Rule("ORD-assess-first", "Severity comes after an assessment, or after its time.", "protocol:36"),
    Rule(
        "ORD-detection-starts-the-clock", "Time counts from detection, also when the call comes later.", "protocol:34"
    ),
    Rule("ORD-rolling-back-runs-to-its-end", "A running rollback is never cut short by a decision.", "project"),
    Rule("ORD-person-decides-any-time", "A person may decide anew at any time but during a rollback.", "project"),
    Rule("ORD-person-closes", "Only a person ends an incident.", "project"),
    Rule("ORD-stand-down", "A person may end an incident early, for a reason.", "project"),
    Rule("PRE-doctor", "What must be in place before an incident is tried for real.", "protocol:23"),
    # -- assessment ----------------------------------------------------------------------------------------------------
    Rule("EVI-scope", "An assessment says which services and features are broken.", "protocol:37"),
    Rule("EVI-unknown-is-neither", "What could not be read is unknown: no good news, no bad news.", "project"),
    Rule("EVI-never-forgotten", "What was read once is not forgotten because it cannot be read again.", "project"),
    Rule("EVI-numbered", "Each piece of evidence has a number for good.", "project"),
    Rule(
        "EVI-probes",
        "The assessment runs the quick diagnosis: services, logs, resources, disk, memory, deployments, health.",
        "protocol:53",
    ),
    # -- severity ------------------------------------------------------------------------------------------------------
    Rule("SEV-levels", "There are four severities, from critical to low.", "protocol:44"),
    Rule("SEV-P1-outage", "A complete outage is critical.", "protocol:48"),
    Rule("SEV-P1-data", "Data loss or corruption is critical.", "protocol:48"),
    Rule("SEV-P1-breach", "A security breach is critical.", "protocol:48"),
    Rule("SEV-P2-major", "A broken major feature or significant degradation is high.", "protocol:49"),
    Rule("SEV-P3-minor", "A broken minor feature or partial degradation is medium.", "protocol:50"),
    Rule("SEV-P4-edge", "An edge case of minimal impact is low.", "protocol:51"),
    Rule("SEV-evidence", "What was seen gives a severity, also where nobody states one.", "design:Severity"),
    Rule("SEV-rules-named", "A severity names every rule it stands on.", "design:Severity"),
    Rule("SEV-default-floor", "Where nobody chooses, the floor of the rules is the severity.", "design:Severity"),
    Rule("SEV-floor-never-falls", "The floor never falls by itself.", "design:Severity"),
    Rule("SEV-unknown-lowers-nothing", "Evidence that could not be collected lowers nothing.", "design:Severity"),
    Rule("SEV-agent-raises", "An agent may raise the severity, with a reason.", "design:Severity"),
    Rule("SEV-person-lowers", "Below the floor takes a person with a reason.", "design:Severity"),
    Rule(
        "SEV-person-holds",
        "What a person set, an agent may raise and never lower, and old rules do not undo.",
        "project",
    ),
    Rule("SEV-no-guess", "Where nothing was seen and nothing is stated, no severity is guessed.", "project"),
    # -- budgets -------------------------------------------------------------------------------------------------------
    Rule("BUD-assessment", "An assessment has five minutes; after them partial evidence must do.", "protocol:34"),
    Rule("BUD-response-P1", "The response to a critical incident begins within 5 minutes.", "protocol:48"),
    Rule("BUD-response-P2", "The response to a high incident begins within 15 minutes.", "protocol:49"),
    Rule("BUD-response-P3", "The response to a medium incident begins within an hour.", "protocol:50"),
    Rule("BUD-response-P4", "The response to a low incident begins within 4 hours.", "protocol:51"),
    Rule("BUD-response-unclassified", "Until it is classified, an incident has the shortest time.", "project"),
    Rule("BUD-rollback", "From approval to healthy a rollback has 10 minutes.", "protocol:115"),
    Rule("BUD-never-kills", "A rollback over its time is told of, not killed.", "design:Budgets"),
    Rule("BUD-fix-wanted", "A fix should take under 15 minutes.", "protocol:93"),
    Rule("BUD-fix-limit", "At 30 minutes a fix is over.", "protocol:87"),
    Rule("BUD-investigate", "Investigation lasts what is left of the response time.", "design:Decision 6"),
    Rule("BUD-monitoring", "Monitoring has spans of 30 minutes, 1, 4 and 24 hours after restoration.", "protocol:191"),
    Rule("BUD-review", "Critical and high incidents are reviewed within a week.", "protocol:381"),
    Rule("BUD-from-detection", "Budgets start at detection.", "design:Budgets"),
    Rule("BUD-breach-once", "A budget that ran out is recorded once, with the moment it did.", "design:Budgets"),
    Rule("BUD-breach-new-limit", "Another severity brings another limit, and a breach of its own.", "project"),
    Rule("BUD-restart-proof", "A restart in between changes no budget.", "design:Budgets"),
    Rule("BUD-configurable", "Every number can be configured.", "design:Budgets"),
    Rule(
        "SRV-restart-anywhere",
        "A server killed in any phase leaves all to the next: standing, budgets, question, checklist, watch, outbox.",
        "design:Everything is one log",
    ),
    # -- decision ------------------------------------------------------------------------------------------------------
    Rule("DEC-critical", "A critical incident is rolled back at once.", "protocol:99"),
    Rule("DEC-outage-data-breach", "So is an outage, lost or corrupt data, a confirmed breach.", "protocol:83"),
    Rule("DEC-recent-deployment", "After a recent deployment rollback is the safer way.", "protocol:101"),
    Rule("DEC-five-conditions", "Only with all five conditions of a fix is it fixed instead.", "protocol:89"),
    Rule("DEC-quick-fix", "A known cause with a quick fix is fixed.", "protocol:105"),
    Rule("DEC-long-fix", "A fix nobody knows, or of over 30 minutes, is no fix: rollback.", "protocol:107"),
    Rule("DEC-fix-limit", "Nothing over the limit is ever fixed.", "protocol:87"),
    Rule("DEC-investigate", "An unknown cause is investigated first.", "protocol:106"),
    Rule(
        "DEC-middling-fix",
        "Between 15 and 30 minutes: rollback where there is a good release, else fix.",
        "design:Decision 5",
    ),
    Rule("DEC-P2-never-fix", "A high incident is never fixed without a person's word.", "protocol:149"),
    Rule("DEC-good-release-needed", "Without a good release a person decides.", "design:Decision 8"),
    Rule("DEC-warn", "A rollback that may not help is proposed with that warning.", "design:Decision 8"),
    Rule("DEC-complete", "No input is without an answer, and each answer is reachable.", "project"),
    Rule("DEC-trace", "The answer lists each question asked, what it saw and where that came from.", "design:Decision"),
    Rule("DEC-unknown-is-no-good-news", "An unknown deploy history counts as a recent deployment.", "project"),
    Rule("DEC-fix-failed", "A fix that failed falls back to rollback.", "protocol:175"),
    Rule("DEC-one-attempt", "After one rollback that did not help, a person decides.", "project"),
    Rule("DEC-person-above-tree", "An agent does not take back what a person decided.", "project"),
    Rule("DEC-person-names-release", "A person may name the release; an abbreviation must fit exactly one.", "project"),
    Rule("DEC-configurable", "The limits of the tree come from policy.", "design:Budgets"),
    # -- the release to go back to -------------------------------------------------------------------------------------
    Rule("REL-observed-first", "A release seen healthy comes before one that merely served.", "protocol:120"),
    Rule(
        "REL-served-long-enough",
        "A release counts by history only when it served long enough, before onset.",
        "project",
    ),
    Rule("REL-never-current", "The release that runs is never the one to go back to.", "project"),
    Rule("REL-never-condemned", "Nor one that was last seen unhealthy.", "project"),
    Rule("REL-never-suspect", "Nor the one whose deployment is suspected.", "project"),
    Rule("REL-left-behind", "Nor one this incident left behind, or tried without being restored.", "project"),
    Rule("REL-full-ids-only", "Only full commit ids are ever chosen.", "project"),
    Rule("REL-policy", "Whether history is trusted, and for how long, is policy.", "project"),
    # -- plan and approval ---------------------------------------------------------------------------------------------
    Rule("PLAN-needed", "Nothing is rolled back without a plan.", "design:Decision"),
    Rule("PLAN-good-release", "No plan without a release known to be good, or named by a person.", "design:Decision"),
    Rule("PLAN-exact-steps", "A plan is the exact words of every command.", "design:Approval"),
    Rule("PLAN-no-words-from-agents", "Nothing an agent or production says becomes a word of a command.", "project"),
    Rule(
        "PLAN-undo-before-change", "Only the last step changes what serves users; the others can be undone.", "project"
    ),
    Rule("PLAN-refusals", "A plan that could not work is refused, with the reason.", "project"),
    Rule("PLAN-every-host", "A plan covers every host, but for those a person leaves out.", "project"),
    Rule("PLAN-only-needed-hosts", "A host is left alone only when it was seen to run the release.", "project"),
    Rule("PLAN-migrations", "Migrations between the releases are found and shown.", "design:Decision"),
    Rule("PLAN-acknowledge", "What cannot be undone must be acknowledged by the approver.", "design:Decision"),
    Rule("PLAN-warnings", "What may go otherwise than planned is shown before the approval.", "project"),
    Rule("PLAN-digests", "Another step is another intent; anything else shown is another review.", "design:Approval"),
    Rule("APP-needed", "No rollback starts without an approval.", "design:Approval"),
    Rule("APP-person-only", "Only a person approves or rejects.", "design:Approval"),
    Rule("APP-named", "An approval names who gave it.", "design:Approval"),
    Rule("APP-exact-plan", "An approval counts for one exact plan.", "design:Approval"),
    Rule("APP-channel", "Policy says which channel counts for which severity.", "design:Approval"),
    Rule("APP-expires", "An approval expires.", "design:Approval"),
    Rule("APP-once", "An approval works once.", "design:Approval"),
    Rule(
        "APP-world-moved",
        "An approval dies when production moves; what moves by itself does not count.",
        "design:Approval",
    ),
    Rule("APP-policy-changed", "An approval dies when the policy changes.", "project"),
    Rule("APP-phase-left", "An approval dies when the decision is taken anew.", "design:Approval"),
    Rule("APP-rejected", "A rejected plan is gone, and its reason stays on record.", "project"),
    Rule("APP-bad-signature", "A signature that does not hold is refused, with the reason.", "project"),
    Rule("APP-unknown-signer", "A key signs for the person, purpose and time its line in the file says.", "project"),
    Rule("APP-ssh-keygen", "What is signed here `ssh-keygen -Y` verifies, and the other way round.", "project"),
    Rule("APP-touch", "Touch and user verification are read from the signature, and policy can ask.", "project"),
    Rule("APP-signed", "A signature counts for the plan, words and time it names, and for nothing else.", "project"),
    Rule("APP-verified-again", "A signature is verified again in the moment its approval is used.", "project"),
    Rule("APP-two-people", "Where two must approve, they are two people.", "project"),
    Rule("APP-requester", "Where policy says so, whoever asked for a plan does not approve it.", "project"),
    Rule("APP-standing", "An approval signed in advance counts within its terms, and is used up.", "project"),
    Rule(
        "APP-first-step",
        "An approval holds for the first step on a host, not for its record alone: begun late, it is not begun.",
        "project",
    ),
    Rule("APP-standing-revoked", "An approval signed in advance can be taken back.", "project"),
    Rule("APP-forged", "An approval somebody wrote into the log starts nothing where signatures count.", "project"),
    Rule("APP-question-survives", "With keys set, a question outlives the server that asked it.", "project"),
    Rule("APP-proves", "Each approval says what its channel proves.", "design:Approval"),
    # -- rollback ------------------------------------------------------------------------------------------------------
    Rule("RB-checkout", "The good release is checked out on the host.", "protocol:123"),
    Rule("RB-restart", "Services are restarted on it.", "protocol:126"),
    Rule("RB-verify-started", "That services started is verified.", "protocol:129"),
    Rule("RB-health-outside", "That it works is verified from outside.", "protocol:133"),
    Rule("RB-proof", "A rollback counts only when it is proven that the release runs.", "design:What it is"),
    Rule("RB-at-most-once", "An operation is handed over once, and never run blindly again.", "design:One incident 4"),
    Rule(
        "RB-indeterminate", "What could not be seen ends as indeterminate, never as a success.", "design:One incident 4"
    ),
    Rule("RB-host-by-host", "Hosts go in order, canary first; a failure stops the rest.", "project"),
    Rule("RB-followed", "Who follows a rollback is told its end, also where it ended between two calls.", "project"),
    Rule("RB-partial-named", "A rollback that ended midway names the hosts on both sides.", "project"),
    # -- fix -----------------------------------------------------------------------------------------------------------
    Rule("FIX-only-P3-P4", "The tree fixes only medium and low incidents.", "protocol:149"),
    Rule("FIX-begin", "A fix begins only where it was decided.", "protocol:147"),
    Rule("FIX-branch", "A fix has a branch of its own, named after the incident.", "protocol:155"),
    Rule("FIX-ends", "A fix ends deployed with a reference, failed or abandoned.", "protocol:175"),
    Rule("FIX-over", "A fix over its limit is over, whatever is reported.", "protocol:87"),
    Rule(
        "FIX-checklist",
        "A deployed fix was checked: root cause, side effects, local test, tests, documentation.",
        "protocol:168",
    ),
    Rule("FIX-branch-created", "Its branch is created in the user's checkout, once, without a switch.", "protocol:155"),
    Rule(
        "FIX-tests-run", "The configured tests are run by the server itself, and how they ended counts.", "protocol:162"
    ),
    Rule("FIX-what-runs", "After a fix, what runs in production is held against the fixed commit.", "protocol:175"),
    # -- verification and monitoring -----------------------------------------------------------------------------------
    Rule("VER-services", "Services run and are healthy.", "protocol:184"),
    Rule("VER-errors", "The errors of the assessment have stopped.", "protocol:185"),
    Rule("VER-functions", "Critical functions work.", "protocol:186"),
    Rule("VER-user-reports", "User reports that go on stand against restoration.", "protocol:187"),
    Rule("VER-performance", "Performance is normal.", "protocol:188"),
    Rule("VER-new-issues", "Nothing new is broken.", "protocol:189"),
    Rule("VER-release", "After a rollback the release it promised runs.", "project"),
    Rule("VER-three-verdicts", "The verdict is restored, not restored or inconclusive.", "design:Failure kinds"),
    Rule("VER-never-guess", "Missing telemetry is never a pass.", "design:Failure kinds"),
    Rule("VER-before-monitoring", "Nothing counts as resolved without a verification.", "protocol:181"),
    Rule("VER-person-accepts", "A person, by name, may vouch for what no probe can show.", "project"),
    Rule("MON-recurrence", "What comes back within the watch goes back to a decision.", "protocol:195"),
    Rule(
        "MON-schedule",
        "Logs are watched for 30 minutes, health every 10 minutes to an hour, errors to 4 hours, recurrence to 24.",
        "protocol:191",
    ),
    Rule("MON-continuous", "For the first half hour logs are looked at again and again.", "protocol:192"),
    Rule("MON-health", "In the first hour health is checked every ten minutes.", "protocol:193"),
    Rule(
        "MON-error-rate",
        "For four hours the error rate is held against the level before the incident, or said to be not known.",
        "protocol:194",
    ),
    Rule("MON-missed", "A check nobody made is recorded as missed, once for a gap, and never as passed.", "project"),
    Rule("MON-inconclusive", "A check that could not see is shown as such, and is no pass.", "design:Failure kinds"),
    Rule("MON-by-template", "Two error lines are one error when they fall under one template.", "project"),
    Rule("MON-once", "Of several watchers of one log each check is recorded once.", "project"),
    Rule("MON-survives", "The schedule is in the log: a restart changes nothing of it.", "design:Budgets"),
    Rule("MON-for-all", "A target that cannot be watched stops the watch over no other.", "project"),
    Rule("MON-reads-only", "Watching changes nothing in production.", "project"),
    Rule("MON-confirmed", "One failed request is looked at again before it counts as a recurrence.", "project"),
    Rule("MON-held-back", "While a newer incident of the target is worked on, the older one is not judged.", "project"),
    Rule("MON-closed-early", "Who closes before the watch is over is told what was not watched.", "protocol:195"),
    # -- analysis and report -------------------------------------------------------------------------------------------
    Rule("RCA-first", "The root cause comes before the report, and anew in a second round.", "protocol:199"),
    Rule("RCA-not-known", "A root cause nobody knows is written as not known, or the report refused.", "protocol:228"),
    Rule("RCA-five-whys", "The analysis asks why, and why that, with the evidence of each answer.", "protocol:223"),
    Rule(
        "RCA-timeline", "What was observed elsewhere joins the timeline, with its time and its source.", "protocol:224"
    ),
    Rule("RCA-compare", "What changed between the good and the bad release is read from production.", "protocol:225"),
    Rule("RCA-metrics", "What was measured before, during and after is set side by side.", "protocol:206"),
    Rule("RCA-reproduce", "Whether it happens again is recorded, with what was tried.", "protocol:226"),
    Rule("RCA-evidence", "A conclusion cites evidence this incident has; all else is called a hypothesis.", "project"),
    Rule("REP-written", "A report is written, and may be written again.", "protocol:232"),
    Rule("REP-timeline", "Its timeline tells the protocol's moments in order.", "protocol:246"),
    Rule(
        "REP-impact",
        "It says severity, users affected, duration and business impact, or that it is not known.",
        "protocol:240",
    ),
    Rule("REP-resolution", "It tells a rollback or a fix as done only when it was proven or deployed.", "protocol:256"),
    Rule("REP-action-items", "Action items have somebody and a date.", "protocol:269"),
    Rule("REP-action-ids", "An action item has an id of its own, and keeps it.", "project"),
    Rule("REP-sections", "The report has every section and line of the template, in its order.", "protocol:235"),
    Rule("REP-evidence", "Each statement names the events and the evidence it stands on.", "protocol:206"),
    Rule("REP-deterministic", "The same log gives the same report, byte for byte.", "project"),
    Rule(
        "REP-missing-refused",
        "Where policy says so, a report with gaps is refused, and every gap is named at once.",
        "project",
    ),
    Rule("REP-missing-said", "What nobody supplied is named as missing, never invented.", "project"),
    Rule("REP-filed", "It is filed under the day and the id of the incident.", "protocol:286"),
    Rule("REP-review-item", "For critical and high incidents the review is an action item in time.", "protocol:381"),
    Rule("OUT-summary", "The completion summary has the protocol's lines in the protocol's order.", "protocol:297"),
    Rule(
        "CLO-search", "Earlier incidents are found by what was seen, said and done, with their cause.", "design:memory"
    ),
    Rule("PLA-brief", "The planner gets quality issues, process, spec updates and technical debt.", "protocol:289"),
    Rule("PLA-sinks", "The brief goes to each sink that is set, once where the sink can tell.", "protocol:289"),
    # -- prompts -------------------------------------------------------------------------------------------------------
    Rule("PRO-prompts", "An agent can be told the protocol, with where the incident stands.", "protocol:3"),
    Rule("PRO-when", "It says on which occasions an incident is opened.", "protocol:14"),
    Rule(
        "PRO-review", "The review has everyone concerned, the report, the action items and the process.", "protocol:382"
    ),
    Rule("PRO-completions", "Incidents, targets, releases and evidence can be completed while typed.", "project"),
    Rule("PRO-skill", "The same text can be loaded as a skill.", "protocol:2"),
    # -- communication -------------------------------------------------------------------------------------------------
    Rule("COM-four-words", "A status update tells every phase by one of four words.", "protocol:368"),
    Rule("COM-update-lines", "A status update has the template's lines in its order.", "protocol:366"),
    Rule("COM-next-update", "A status update says when the next one comes.", "protocol:374"),
    Rule("COM-internal-cadence", "Critical and high incidents are updated inside every 15 minutes.", "protocol:355"),
    Rule("COM-overdue", "An overdue update is in every answer, and told once for each time it is overdue.", "project"),
    Rule(
        "COM-external",
        "The public is told at once for critical, within 30 minutes for high, else once extended.",
        "protocol:359",
    ),
    Rule("COM-external-status", "Once the public knows, it is told of each new status.", "protocol:368"),
    Rule("COM-external-approval", "Own words for the public wait for a person, where policy says so.", "project"),
    Rule("COM-no-leak", "Nothing from inside reaches the public.", "project"),
    Rule("COM-people-told", "People are told of each turn, and whoever must approve is told how.", "protocol:138"),
    Rule("COM-outbox", "What must be sent is in the log, keeps its id, and is sent at least once.", "project"),
    Rule("COM-status-page", "The public reads a page and feeds of what was let out to it.", "protocol:362"),
    Rule("COM-retry", "What failed is tried again with pauses, then given up in sight.", "project"),
    Rule("COM-again", "A person may have what was given up tried again, and the log says who.", "project"),
    Rule("COM-calls-nobody", "No text calls, mentions or links anybody in any receiver.", "project"),
    Rule("COM-each-once", "Each recipient of an address has each part of a message once.", "project"),
    Rule(
        "COM-review-calendar",
        "The review is scheduled in time, in a calendar file beside one with the action items.",
        "protocol:380",
    ),
    Rule("PEO-alone", "Everything that an agent can call a person can type, by the same rules.", "project"),
    # -- what only a person may say ------------------------------------------------------------------------------------
    Rule("PER-terminal", "What lowers safety takes a person's yes at a terminal, and the log has how.", "project"),
    Rule("PER-scripts", "A script gives it only where policy lets scripts, and the log says so.", "project"),
    # -- text from strangers -------------------------------------------------------------------------------------------
    Rule("UNT-every-way-in", "Text from production is bounded, cleaned and redacted on every way in.", "project"),
    Rule("UNT-fenced", "In an answer, text from production stands behind a fence that it cannot end.", "project"),
    Rule("UNT-given", "What an agent gives is kept without secrets and without what nobody sees in it.", "project"),
    Rule("UNT-detectors", "Tokens that issuers gave a form of their own are taken out.", "project"),
    Rule("UNT-own-patterns", "So is what patterns of the user's own match; a bad pattern is told at once.", "project"),
    Rule("UNT-identifiers-stay", "Commit ids, image digests and UUIDs are never taken out.", "project"),
    Rule(
        "UNT-no-authority",
        "Nothing production says becomes a command, a severity, an approval or a path.",
        "project",
    ),
    # -- the host ------------------------------------------------------------------------------------------------------
    Rule(
        "HOST-gate",
        "Behind its gate the server's key does what the protocol needs, checked on the host, and nothing else.",
        "design:Authority",
    ),
    Rule("HOST-told", "A check-up says what the server's key could do on each host.", "project"),
    # -- the log -------------------------------------------------------------------------------------------------------
    Rule(
        "LOG-one-id",
        "Each call is received first, does all under one id, and is answered, refused or failed last.",
        "project",
    ),
    Rule("LOG-chain", "An edit, a removal or another order in the log is found and named.", "design:What it is"),
    Rule(
        "LOG-witness",
        "A log whose end was cut off is found beside a head that somebody else kept.",
        "design:What it is",
    ),
    Rule("LOG-witness-never-blocks", "A witness that fails stops no incident, is on record and is shown.", "project"),
    Rule("LOG-export", "The whole incident is given as JSON lines, with what other streams hold of it.", "project"),
    Rule("LOG-canonical", "One value has one byte form and one digest.", "project"),
    Rule("LOG-round-trip", "Every event is read back from the log as it was written.", "project"),
    Rule("LOG-replay", "Replaying the log gives the state that is kept.", "design:What it is"),
    Rule("REPL-identical", "An incident is replayed through the service from its log alone, as identical.", "project"),
    Rule("REPL-diverged", "What differs is named: the first place, expected beside got.", "project"),
    Rule("REPL-equivalent", "Only fields declared free may differ, and are named.", "project"),
    Rule("REPL-not-replayable", "What cannot be replayed says why, and is never called identical.", "project"),
    Rule("REPL-old", "Events of older versions are read with defaults.", "project"),
    Rule("REPL-session", "A session is one file, whole, redacted and checked.", "project"),
    Rule("REPL-what-if", "What another policy would have changed is shown, new permissions first.", "project"),
    Rule("REPL-kept", "Sessions of released versions stay replayable.", "project"),
    Rule("REPL-plugin", "Users keep their own incidents as tests, without cost to other suites.", "project"),
    Rule("REPL-recorded", "The log holds all that a replay needs: settings, calls and what was seen.", "project"),
    Rule("LOG-loud", "An event nobody can read, or that cannot happen, is loud.", "design:Failure kinds"),
    # -- failures that were reproduced in comparable systems -----------------------------------------------------------
    Rule("PEER-crash-between", "A crash between an effect and its record repeats no effect.", "peers:7.2"),
    Rule("PEER-approval-twice", "One approval starts one rollback, whoever asks at once and again.", "peers:7.2"),
    Rule("PEER-stdout", "Nothing that a library prints gets between the messages of the protocol.", "peers:7.2"),
    Rule("PEER-ledger-truncation", "A log whose end was cut off is found.", "peers:7.2"),
    Rule("PEER-telemetry-missing", "A verification that could see nothing restores nothing.", "peers:7.2"),
    Rule(
        "PEER-no-op-rollback", "A rollback that a variable of the host turns into nothing is no success.", "peers:7.2"
    ),
    Rule("PEER-auto-accept", "A client that says yes by itself approves nothing where signatures count.", "peers:7.2"),
    Rule("PEER-early-answer", "An approval that comes before anybody waits for it counts, once.", "peers:7.2"),
    Rule(
        "PEER-restart-pending", "A restart while an approval is pending loses neither question nor answer.", "peers:7.2"
    ),
    # -- production faults, played -------------------------------------------------------------------------------------
    Rule("SCN-course", "Each known production fault takes the course that the protocol gives it.", "project"),
    Rule("SCN-careless-does-nothing", "An agent that tries every wrong thing gets nothing wrong done.", "project"),
)

BY_ID = {rule.id: rule for rule in RULES}
