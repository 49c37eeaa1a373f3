"""The protocol line by line: what each line asks, in our own words, what carries it, and which rules stand for it.

The lines are those of the protocol as its users wrote it, 391 in all; `LEFT_OUT` are blank lines, headings and fences.
What carries a line is a tool, a command of a person, or a file of the package. docs/protocol.md is made from this list,
tests/test_protocol_lines.py holds it together: no line is missing, and none stands without a rule.
"""

from __future__ import annotations

from typing import NamedTuple

LAST_LINE = 391


class Row(NamedTuple):
    """A few lines that ask for one thing."""

    first: int
    last: int
    asks: str
    by: tuple[str, ...]
    rules: tuple[str, ...]


class Part(NamedTuple):
    """A part of the protocol."""

    title: str
    rows: tuple[Row, ...]


PARTS: tuple[Part, ...] = (
    Part(
        "Purpose and occasion",
        (
            Row(2, 2, "It has a name by which an agent can load it.", ("prompts/skill.py",), ("PRO-skill",)),
            Row(3, 3, "It says what it does and when.", ("prompts/skill.py", "prompts/respond.md"), ("PRO-prompts",)),
            Row(10, 10, "The response has a structure.", ("state/phases.py",), ("ORD-table", "ORD-complete")),
            Row(14, 14, "Errors in production begin it.", ("open_incident", "prompts/respond.md"), ("PRO-when",)),
            Row(15, 15, "So do failing or degraded services.", ("open_incident", "prompts/respond.md"), ("PRO-when",)),
            Row(16, 16, "So do users who report it.", ("open_incident", "prompts/respond.md"), ("PRO-when",)),
            Row(17, 17, "So does slowness that users feel.", ("open_incident", "prompts/respond.md"), ("PRO-when",)),
            Row(18, 18, "So does a suspected breach.", ("open_incident", "prompts/respond.md"), ("PRO-when",)),
            Row(19, 19, "So does lost or corrupt data.", ("open_incident", "prompts/respond.md"), ("PRO-when",)),
            Row(23, 23, "Production can be watched.", ("flightrules doctor", "flightrules observe"), ("PRE-doctor",)),
            Row(24, 24, "Whoever looks at production is there: the server itself.", ("assess",), ("EVI-probes",)),
            Row(25, 25, "The ways into production work.", ("flightrules doctor",), ("PRE-doctor",)),
            Row(
                26,
                26,
                "Whoever responds knows how.",
                ("prompts/respond.md",),
                ("PRO-prompts", "ORD-legal-calls-are-legal"),
            ),
        ),
    ),
    Part(
        "Phase 1: assessment",
        (
            Row(32, 32, "Looking is done by something made for it.", ("assess",), ("EVI-probes", "EVI-numbered")),
            Row(
                34,
                34,
                "It takes at most five minutes.",
                ("assess", "state/budgets.py"),
                ("BUD-assessment", "BUD-from-detection", "ORD-detection-starts-the-clock"),
            ),
            Row(
                36,
                37,
                "How far it reaches: users and features.",
                ("assess", "classify"),
                ("EVI-scope", "ORD-assess-first"),
            ),
            Row(38, 38, "How bad it is.", ("classify",), ("SEV-levels", "SEV-evidence")),
            Row(39, 39, "What it costs the business.", ("classify", "write_report"), ("REP-impact",)),
            Row(40, 40, "What may have caused it.", ("assess", "decide"), ("EVI-probes", "DEC-trace")),
            Row(41, 41, "What was deployed lately.", ("assess",), ("EVI-probes", "DEC-unknown-is-no-good-news")),
            Row(42, 42, "What the error logs say.", ("assess",), ("EVI-probes", "VER-errors")),
            Row(
                44,
                47,
                "Four severities, each with its time.",
                ("classify", "state/severity.py"),
                ("SEV-levels", "SEV-rules-named"),
            ),
            Row(
                48,
                48,
                "P1: outage, lost data, a breach; at once.",
                ("state/severity.py", "state/budgets.py"),
                ("SEV-P1-outage", "SEV-P1-data", "SEV-P1-breach", "BUD-response-P1"),
            ),
            Row(
                49,
                49,
                "P2: a major feature, strong degradation; a quarter of an hour.",
                ("state/severity.py", "state/budgets.py"),
                ("SEV-P2-major", "BUD-response-P2"),
            ),
            Row(
                50,
                50,
                "P3: a minor feature, some degradation; an hour.",
                ("state/severity.py", "state/budgets.py"),
                ("SEV-P3-minor", "BUD-response-P3"),
            ),
            Row(
                51,
                51,
                "P4: an edge case; four hours.",
                ("state/severity.py", "state/budgets.py"),
                ("SEV-P4-edge", "BUD-response-P4"),
            ),
            Row(53, 57, "Look at the services.", ("adapters/host/probe.sh",), ("EVI-probes",)),
            Row(
                59, 61, "Look for errors in recent logs.", ("adapters/host/probe.sh", "state/logs.py"), ("EVI-probes",)
            ),
            Row(63, 66, "Look at processor, disk and memory.", ("adapters/host/probe.sh",), ("EVI-probes",)),
            Row(68, 69, "Look at recent commits and deployments.", ("adapters/host/probe.sh",), ("EVI-probes",)),
            Row(71, 72, "Ask the health address.", ("adapters/web.py",), ("EVI-probes",)),
            Row(
                75,
                75,
                "It ends with a severity.",
                ("classify",),
                ("SEV-default-floor", "SEV-no-guess", "ORD-assess-first"),
            ),
        ),
    ),
    Part(
        "Phase 2: decision",
        (
            Row(
                79,
                79,
                "Severity and assessment lead to the decision.",
                ("decide", "state/decision.py"),
                ("DEC-complete", "DEC-trace"),
            ),
            Row(81, 82, "P1: roll back.", ("state/decision.py",), ("DEC-critical",)),
            Row(83, 83, "An outage: roll back.", ("state/decision.py",), ("DEC-outage-data-breach",)),
            Row(84, 84, "Lost or corrupt data: roll back.", ("state/decision.py",), ("DEC-outage-data-breach",)),
            Row(85, 85, "A confirmed breach: roll back.", ("state/decision.py",), ("DEC-outage-data-breach",)),
            Row(86, 86, "A deployment brought it: roll back.", ("state/decision.py",), ("DEC-recent-deployment",)),
            Row(
                87,
                87,
                "No fix known, or one of over half an hour: roll back.",
                ("state/decision.py", "state/budgets.py"),
                ("DEC-long-fix", "DEC-fix-limit", "BUD-fix-limit", "FIX-over"),
            ),
            Row(
                89, 90, "Fix only what is P3 or P4,", ("state/decision.py",), ("DEC-five-conditions", "FIX-only-P3-P4")
            ),
            Row(91, 91, "confined to a minor feature,", ("state/decision.py",), ("DEC-five-conditions",)),
            Row(92, 92, "whose cause is clear,", ("state/decision.py",), ("DEC-five-conditions",)),
            Row(
                93,
                93,
                "which can be mended safely in a quarter of an hour,",
                ("state/decision.py", "state/budgets.py"),
                ("DEC-five-conditions", "BUD-fix-wanted"),
            ),
            Row(94, 94, "and where rolling back would disturb more.", ("state/decision.py",), ("DEC-five-conditions",)),
            Row(96, 99, "First question: is it critical? Then roll back.", ("state/decision.py",), ("DEC-critical",)),
            Row(
                100,
                102,
                "Else, was there a deployment? Then roll back.",
                ("state/decision.py",),
                ("DEC-recent-deployment",),
            ),
            Row(
                103,
                105,
                "Else, is the cause known? Then a quick fix.",
                ("state/decision.py",),
                ("DEC-quick-fix", "DEC-middling-fix"),
            ),
            Row(106, 106, "Not known: look further.", ("state/decision.py",), ("DEC-investigate", "BUD-investigate")),
            Row(107, 108, "A long fix: roll back.", ("state/decision.py",), ("DEC-long-fix",)),
        ),
    ),
    Part(
        "Phase 3A: rollback",
        (
            Row(
                113,
                113,
                "It is carried out by something made for it.",
                ("rollback", "adapters/host/launch.sh"),
                ("RB-at-most-once", "APP-needed"),
            ),
            Row(115, 115, "It takes at most ten minutes.", ("state/budgets.py",), ("BUD-rollback", "BUD-never-kills")),
            Row(
                117,
                121,
                "First find the last release known to be good.",
                ("decide", "state/releases.py"),
                ("REL-observed-first", "REL-served-long-enough", "PLAN-good-release"),
            ),
            Row(
                123,
                124,
                "Check it out on the host.",
                ("rollback", "state/steps.py"),
                ("RB-checkout", "PLAN-exact-steps"),
            ),
            Row(126, 127, "Restart the services on it.", ("rollback", "state/steps.py"), ("RB-restart",)),
            Row(129, 131, "See that they started.", ("rollback", "state/proof.py"), ("RB-verify-started",)),
            Row(133, 134, "See from outside that it works.", ("rollback", "state/proof.py"), ("RB-health-outside",)),
            Row(135, 135, "Try what matters most.", ("verify",), ("VER-functions",)),
            Row(
                138,
                139,
                "Meanwhile, tell those concerned.",
                ("post_update",),
                ("COM-people-told", "COM-internal-cadence"),
            ),
            Row(140, 140, "Meanwhile, watch the error logs.", ("verify",), ("VER-errors", "MON-continuous")),
            Row(
                141,
                141,
                "Meanwhile, see services come up.",
                ("rollback", "state/proof.py"),
                ("RB-verify-started", "RB-proof"),
            ),
            Row(142, 142, "Meanwhile, try critical functions.", ("verify",), ("VER-functions",)),
            Row(143, 143, "Write down the commit.", ("write_report", "state/report/sections.py"), ("REP-resolution",)),
            Row(
                145,
                145,
                "It ends restored, or said to have failed.",
                ("rollback",),
                ("RB-proof", "RB-indeterminate", "RB-partial-named"),
            ),
        ),
    ),
    Part(
        "Phase 3B: fix",
        (
            Row(
                147,
                149,
                "Only P3 and P4 with a known fix.",
                ("fix", "state/rules/fixing.py"),
                ("FIX-begin", "FIX-only-P3-P4", "DEC-P2-never-fix"),
            ),
            Row(151, 155, "On a branch named after the incident.", ("fix",), ("FIX-branch", "FIX-branch-created")),
            Row(157, 158, "The smallest change that mends it.", ("prompts/respond.md", "fix"), ("FIX-checklist",)),
            Row(160, 162, "Tried locally, with the tests.", ("fix",), ("FIX-tests-run",)),
            Row(164, 165, "Deployed the usual way, and seen to run.", ("fix", "verify"), ("FIX-ends", "FIX-what-runs")),
            Row(168, 169, "Checked: it meets the cause.", ("fix", "state/fix.py"), ("FIX-checklist",)),
            Row(170, 170, "Checked: it breaks nothing else.", ("fix", "state/fix.py"), ("FIX-checklist",)),
            Row(171, 171, "Checked: tried locally.", ("fix", "state/fix.py"), ("FIX-checklist", "FIX-tests-run")),
            Row(172, 172, "Checked: tests pass.", ("fix", "state/fix.py"), ("FIX-checklist", "FIX-tests-run")),
            Row(173, 173, "Checked: written down.", ("fix", "state/fix.py"), ("FIX-checklist",)),
            Row(
                175,
                175,
                "It ends deployed, or falls back to rollback.",
                ("fix", "state/rules/fixing.py"),
                ("FIX-ends", "FIX-what-runs", "DEC-fix-failed", "FIX-over"),
            ),
        ),
    ),
    Part(
        "Phase 4: verification and monitoring",
        (
            Row(
                179,
                179,
                "Looking is done by something made for it.",
                ("verify", "flightrules watch"),
                ("VER-never-guess", "MON-once"),
            ),
            Row(181, 181, "It comes after a rollback or a fix.", ("verify",), ("VER-before-monitoring",)),
            Row(183, 184, "Services run and are healthy.", ("verify", "state/verification.py"), ("VER-services",)),
            Row(185, 185, "Errors stopped.", ("verify", "state/verification.py"), ("VER-errors",)),
            Row(186, 186, "Critical functions work.", ("verify", "state/verification.py"), ("VER-functions",)),
            Row(187, 187, "Users report less.", ("verify", "state/verification.py"), ("VER-user-reports",)),
            Row(188, 188, "It is as fast as before.", ("verify", "state/verification.py"), ("VER-performance",)),
            Row(189, 189, "Nothing new is broken.", ("verify", "state/verification.py"), ("VER-new-issues",)),
            Row(
                191,
                192,
                "Half an hour of logs, without a pause.",
                ("flightrules watch", "flightrules serve"),
                ("MON-schedule", "MON-continuous", "BUD-monitoring"),
            ),
            Row(
                193,
                193,
                "Health every ten minutes for an hour.",
                ("flightrules watch", "flightrules serve"),
                ("MON-schedule", "MON-health"),
            ),
            Row(
                194,
                194,
                "The error rate for four hours.",
                ("flightrules watch", "flightrules serve"),
                ("MON-schedule", "MON-error-rate"),
            ),
            Row(
                195,
                195,
                "Recurrence for a day.",
                ("flightrules watch", "flightrules serve"),
                ("MON-recurrence", "MON-closed-early"),
            ),
            Row(197, 197, "It ends resolved, or goes on.", ("verify",), ("VER-three-verdicts", "MON-recurrence")),
        ),
    ),
    Part(
        "Phase 5: root cause",
        (
            Row(201, 201, "It comes after restoration.", ("state/phases.py",), ("RCA-first",)),
            Row(
                203,
                207,
                "Gather error logs from before, during and after.",
                ("assess", "verify", "analyze"),
                ("RCA-metrics", "EVI-numbered", "EVI-never-forgotten", "REP-evidence"),
            ),
            Row(208, 208, "Gather processor, memory and disk.", ("assess", "analyze"), ("RCA-metrics", "EVI-probes")),
            Row(
                209,
                209,
                "Gather how the database did: its container's load, and how slow checks were.",
                ("assess", "analyze"),
                ("RCA-metrics", "EVI-probes", "VER-performance"),
            ),
            Row(210, 210, "Gather deployments.", ("assess", "analyze"), ("EVI-probes", "RCA-compare")),
            Row(211, 211, "Gather changes of configuration.", ("analyze",), ("RCA-compare",)),
            Row(
                212,
                212,
                "Gather what users reported, and when.",
                ("classify", "verify", "write_report"),
                ("VER-user-reports", "REP-impact", "REP-timeline"),
            ),
            Row(214, 215, "Say what happened,", ("write_report",), ("REP-sections",)),
            Row(216, 216, "when,", ("state/report/timeline.py",), ("REP-timeline",)),
            Row(217, 217, "why,", ("analyze", "write_report"), ("RCA-five-whys", "RCA-evidence", "RCA-not-known")),
            Row(218, 218, "how it was noticed,", ("open_incident", "state/report/timeline.py"), ("REP-timeline",)),
            Row(219, 219, "and how it was resolved.", ("write_report",), ("REP-resolution",)),
            Row(222, 223, "Ask why, five times.", ("analyze", "prompts/root_cause.md"), ("RCA-five-whys",)),
            Row(
                224,
                224,
                "Put events into their exact order.",
                ("analyze", "state/report/timeline.py"),
                ("RCA-timeline", "REP-timeline", "LOG-chain"),
            ),
            Row(
                225,
                225,
                "Compare what worked with what did not.",
                ("analyze", "prompts/root_cause.md"),
                ("RCA-compare",),
            ),
            Row(226, 226, "Try whether it happens again.", ("analyze", "prompts/root_cause.md"), ("RCA-reproduce",)),
            Row(
                228,
                228,
                "It ends with a cause, or with saying that none is known.",
                ("write_report",),
                ("RCA-not-known",),
            ),
        ),
    ),
    Part(
        "Phase 6: report and planner",
        (
            Row(232, 232, "A report is written.", ("write_report",), ("REP-written", "REP-deterministic")),
            Row(235, 235, "Headed by the incident's id.", ("templates/incident-report.md.j2",), ("REP-sections",)),
            Row(
                237,
                238,
                "A summary.",
                ("templates/incident-report.md.j2", "state/report/sections.py"),
                ("REP-sections", "REP-missing-said"),
            ),
            Row(
                240,
                241,
                "Impact: the severity,",
                ("templates/incident-report.md.j2", "state/report/sections.py"),
                ("REP-sections", "REP-impact"),
            ),
            Row(
                242,
                242,
                "who was affected,",
                ("templates/incident-report.md.j2", "state/report/sections.py"),
                ("REP-impact",),
            ),
            Row(
                243,
                243,
                "from when to when and how long,",
                ("templates/incident-report.md.j2", "state/report/sections.py"),
                ("REP-impact",),
            ),
            Row(
                244,
                244,
                "and what it cost.",
                ("templates/incident-report.md.j2", "state/report/sections.py"),
                ("REP-impact",),
            ),
            Row(
                246,
                247,
                "A timeline: noticed, and how;",
                ("state/report/timeline.py", "state/sentences/assessing.py"),
                ("REP-timeline",),
            ),
            Row(
                248,
                248,
                "assessment begun;",
                ("state/report/timeline.py", "state/sentences/assessing.py"),
                ("REP-timeline",),
            ),
            Row(
                249,
                249,
                "rollback begun or fix made;",
                ("state/report/timeline.py", "state/sentences/rolling_back.py"),
                ("REP-timeline",),
            ),
            Row(
                250,
                250,
                "service restored;",
                ("state/report/timeline.py", "state/sentences/verifying.py"),
                ("REP-timeline",),
            ),
            Row(
                251,
                251,
                "verification done.",
                ("state/report/timeline.py", "state/sentences/verifying.py"),
                ("REP-timeline",),
            ),
            Row(
                253,
                254,
                "The root cause.",
                ("templates/incident-report.md.j2", "state/report/sections.py"),
                ("REP-sections", "RCA-not-known"),
            ),
            Row(
                256,
                257,
                "Resolution: rolled back or not, to which commit;",
                ("state/report/sections.py",),
                ("REP-resolution", "REP-sections"),
            ),
            Row(
                258,
                258,
                "fixed or not, by which change;",
                ("state/report/sections.py",),
                ("REP-resolution", "REP-sections"),
            ),
            Row(259, 259, "how long it took.", ("state/report/sections.py",), ("REP-sections", "REP-impact")),
            Row(261, 263, "What went well.", ("state/report/sections.py",), ("REP-sections", "REP-missing-refused")),
            Row(
                265,
                267,
                "What could be better.",
                ("state/report/sections.py",),
                ("REP-sections", "REP-missing-refused"),
            ),
            Row(
                269,
                271,
                "Action items, each with somebody and a date.",
                ("state/report/afterwards.py",),
                ("REP-action-items", "REP-action-ids", "REP-sections"),
            ),
            Row(
                273,
                275,
                "What keeps it from coming back.",
                ("state/report/sections.py",),
                ("REP-sections", "REP-missing-refused"),
            ),
            Row(277, 278, "Related: feature specs,", ("state/report/afterwards.py",), ("REP-sections",)),
            Row(279, 279, "decisions,", ("state/report/afterwards.py",), ("REP-sections",)),
            Row(280, 280, "the issue that follows up.", ("state/report/afterwards.py",), ("REP-sections",)),
            Row(283, 286, "It is filed by day and id.", ("state/report/whole.py", "adapters/files.py"), ("REP-filed",)),
            Row(
                289,
                290,
                "The planner hears of quality issues,",
                ("report_to_planner", "templates/planner-brief.md.j2"),
                ("PLA-brief", "PLA-sinks"),
            ),
            Row(
                291,
                291,
                "of what the process lacks,",
                ("report_to_planner", "templates/planner-brief.md.j2"),
                ("PLA-brief",),
            ),
            Row(
                292,
                292,
                "of feature specs to change,",
                ("report_to_planner", "templates/planner-brief.md.j2"),
                ("PLA-brief",),
            ),
            Row(
                293,
                293,
                "and of technical debt.",
                ("report_to_planner", "templates/planner-brief.md.j2"),
                ("PLA-brief",),
            ),
        ),
    ),
    Part(
        "Output",
        (
            Row(
                297,
                298,
                "A summary begins by saying that the response is complete.",
                ("templates/completion-summary.md.j2",),
                ("OUT-summary",),
            ),
            Row(
                300,
                303,
                "Incident, severity, duration, status.",
                ("templates/completion-summary.md.j2",),
                ("OUT-summary",),
            ),
            Row(305, 308, "Users, services, business.", ("templates/completion-summary.md.j2",), ("OUT-summary",)),
            Row(
                310,
                315,
                "Rollback, fix, and how long it took.",
                ("templates/completion-summary.md.j2",),
                ("OUT-summary", "REP-resolution"),
            ),
            Row(317, 318, "The cause.", ("templates/completion-summary.md.j2",), ("OUT-summary",)),
            Row(
                320, 322, "How many action items, and which.", ("templates/completion-summary.md.j2",), ("OUT-summary",)
            ),
            Row(
                324, 325, "Where the report is.", ("templates/completion-summary.md.j2",), ("OUT-summary", "REP-filed")
            ),
            Row(331, 333, "The protocol begins with looking.", ("state/phases.py",), ("ORD-table", "ORD-assess-first")),
            Row(334, 335, "Then it decides.", ("decide", "state/phases.py"), ("ORD-table",)),
            Row(336, 336, "A rollback is carried out,", ("rollback", "state/phases.py"), ("ORD-table", "PLAN-needed")),
            Row(337, 337, "or a fix made and deployed.", ("fix", "state/phases.py"), ("ORD-table", "FIX-ends")),
            Row(
                338, 339, "Then it is verified,", ("verify", "state/phases.py"), ("ORD-table", "VER-before-monitoring")
            ),
            Row(340, 341, "analysed,", ("state/phases.py",), ("ORD-table", "RCA-first")),
            Row(342, 343, "documented,", ("write_report", "state/phases.py"), ("ORD-table", "REP-written")),
            Row(
                344,
                345,
                "and reported.",
                ("report_to_planner", "state/phases.py"),
                ("ORD-table", "PLA-brief", "ORD-person-closes"),
            ),
        ),
    ),
    Part(
        "Communication",
        (
            Row(
                354,
                355,
                "The team hears of a P1 or P2 every quarter of an hour.",
                ("post_update", "state/budgets.py"),
                ("COM-internal-cadence", "COM-overdue"),
            ),
            Row(
                356,
                356,
                "How decisions were made is written down.",
                ("decide", "state/report/appendix.py"),
                ("DEC-trace",),
            ),
            Row(
                357, 357, "The team sees the assessment.", ("assess", "incident_status"), ("EVI-scope", "EVI-numbered")
            ),
            Row(
                359,
                360,
                "The public hears of a P1 at once,",
                ("post_update", "state/budgets.py"),
                ("COM-external", "COM-external-approval", "COM-no-leak"),
            ),
            Row(361, 361, "of a P2 within half an hour,", ("post_update", "state/budgets.py"), ("COM-external",)),
            Row(
                362,
                362,
                "of others when they last, on a page.",
                ("post_update", "state/budgets.py"),
                ("COM-external", "COM-status-page"),
            ),
            Row(364, 366, "An update names the incident,", ("templates/status-update.md.j2",), ("COM-update-lines",)),
            Row(
                368,
                368,
                "one of four words,",
                ("templates/status-update.md.j2", "state/messages/update.py"),
                ("COM-four-words", "COM-external-status", "COM-update-lines"),
            ),
            Row(369, 369, "since when,", ("templates/status-update.md.j2",), ("COM-update-lines",)),
            Row(370, 370, "what is affected,", ("templates/status-update.md.j2",), ("COM-update-lines",)),
            Row(372, 373, "the news and their time,", ("templates/status-update.md.j2",), ("COM-update-lines",)),
            Row(
                374,
                375,
                "and when the next comes.",
                ("templates/status-update.md.j2", "state/messages/update.py"),
                ("COM-next-update", "COM-update-lines"),
            ),
        ),
    ),
    Part(
        "Afterwards",
        (
            Row(
                380,
                381,
                "P1 and P2 are reviewed within a week,",
                ("templates/calendar.py", "state/report/afterwards.py"),
                ("COM-review-calendar", "REP-review-item", "BUD-review"),
            ),
            Row(382, 382, "with everyone concerned:", ("prompts/review.md",), ("PRO-review",)),
            Row(383, 383, "the report is gone through,", ("prompts/review.md",), ("PRO-review",)),
            Row(384, 384, "the action items too,", ("prompts/review.md",), ("PRO-review",)),
            Row(
                385,
                385,
                "and the process is changed where it must.",
                ("prompts/review.md", "report_to_planner"),
                ("PRO-review", "PLA-brief"),
            ),
            Row(
                389,
                389,
                "Fast before perfect, back before forward.",
                ("prompts/respond.md", "state/decision.py"),
                ("PRO-prompts", "DEC-critical"),
            ),
            Row(
                391,
                391,
                "Restoring comes before understanding.",
                ("state/phases.py", "prompts/respond.md"),
                ("RCA-first", "PRO-prompts"),
            ),
        ),
    ),
)

# fmt: off
LEFT_OUT = (
    (1, 1), (4, 9), (11, 13), (20, 22), (27, 31), (33, 33), (35, 35), (43, 43),
    (52, 52), (58, 58), (62, 62), (67, 67), (70, 70), (73, 74), (76, 78), (80, 80),
    (88, 88), (95, 95), (109, 112), (114, 114), (116, 116), (122, 122), (125, 125), (128, 128),
    (132, 132), (136, 137), (144, 144), (146, 146), (150, 150), (156, 156), (159, 159), (163, 163),
    (166, 167), (174, 174), (176, 178), (180, 180), (182, 182), (190, 190), (196, 196), (198, 200),
    (202, 202), (213, 213), (220, 221), (227, 227), (229, 231), (233, 234), (236, 236), (239, 239),
    (245, 245), (252, 252), (255, 255), (260, 260), (264, 264), (268, 268), (272, 272), (276, 276),
    (281, 282), (287, 288), (294, 296), (299, 299), (304, 304), (309, 309), (316, 316), (319, 319),
    (323, 323), (326, 330), (346, 353), (358, 358), (363, 363), (367, 367), (371, 371),
    (376, 379), (386, 388), (390, 390),
)
# fmt: on
"""Blank lines, headings and fences: (first, last)."""
