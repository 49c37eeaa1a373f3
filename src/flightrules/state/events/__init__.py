"""Everything that can stand in an incident's log, one type an event, named in the past tense.

Knows: the data of each event and how it becomes a record. Must not know: what an event does to an incident (fold.py).
"""

from __future__ import annotations

from flightrules.state.events.analysing import EventObserved, ReproductionRecorded, WhysRecorded
from flightrules.state.events.approving import ApprovalGranted, ApprovalRejected, PlanDropped, PlanProposed, SurveyRead
from flightrules.state.events.assessing import (
    AssessmentRecorded,
    AssessmentStarted,
    BudgetBreached,
    EvidenceRecorded,
    HistoryRead,
    IncidentJoined,
    IncidentOpened,
    ProductionRead,
    SeverityClassified,
)
from flightrules.state.events.base import KINDS, Event, event_as, event_in, event_of, hold
from flightrules.state.events.calls import (
    CallAnswered,
    CallFailed,
    CallReceived,
    CallRefused,
    IncidentRegistered,
    SettingsRead,
)
from flightrules.state.events.communicating import (
    SendBegan,
    SendEnded,
    UpdateApproved,
    UpdatePosted,
    UpdateRejected,
)
from flightrules.state.events.deciding import PathDecided
from flightrules.state.events.finishing import (
    ActionItem,
    IncidentClosed,
    PlannerBrief,
    PlannerReported,
    ReportInput,
    ReportWritten,
    RootCauseRecorded,
    StoodDown,
)
from flightrules.state.events.fixing import (
    FixBranched,
    FixBranching,
    FixChecked,
    FixEnded,
    FixStarted,
    FixTested,
    FixTesting,
)
from flightrules.state.events.of_targets import (
    LockBreaking,
    LockBroken,
    ReleaseObserved,
    RollbackBegan,
    RollbackOver,
    StandingGranted,
    StandingRevoked,
    StandingUsed,
)
from flightrules.state.events.rolling_back import (
    HostFinished,
    OperationLaunching,
    OperationSeen,
    ProofTaken,
    RollbackFinished,
    RollbackStarted,
)
from flightrules.state.events.verifying import (
    MonitoringChecked,
    MonitoringMissed,
    RecurrenceDetected,
    VerificationRecorded,
)
from flightrules.state.events.witnessing import WitnessFailed, WitnessRestored

__all__ = [
    "KINDS",
    "ActionItem",
    "ApprovalGranted",
    "ApprovalRejected",
    "AssessmentRecorded",
    "AssessmentStarted",
    "BudgetBreached",
    "CallAnswered",
    "CallFailed",
    "CallReceived",
    "CallRefused",
    "Event",
    "EventObserved",
    "EvidenceRecorded",
    "FixBranched",
    "FixBranching",
    "FixChecked",
    "FixEnded",
    "FixStarted",
    "FixTested",
    "FixTesting",
    "HistoryRead",
    "HostFinished",
    "IncidentClosed",
    "IncidentJoined",
    "IncidentOpened",
    "IncidentRegistered",
    "LockBreaking",
    "LockBroken",
    "MonitoringChecked",
    "MonitoringMissed",
    "OperationLaunching",
    "OperationSeen",
    "PathDecided",
    "PlanDropped",
    "PlanProposed",
    "PlannerBrief",
    "PlannerReported",
    "ProductionRead",
    "ProofTaken",
    "RecurrenceDetected",
    "ReleaseObserved",
    "ReportInput",
    "ReportWritten",
    "ReproductionRecorded",
    "RollbackBegan",
    "RollbackFinished",
    "RollbackOver",
    "RollbackStarted",
    "RootCauseRecorded",
    "SendBegan",
    "SendEnded",
    "SettingsRead",
    "SeverityClassified",
    "StandingGranted",
    "StandingRevoked",
    "StandingUsed",
    "StoodDown",
    "SurveyRead",
    "UpdateApproved",
    "UpdatePosted",
    "UpdateRejected",
    "VerificationRecorded",
    "WhysRecorded",
    "WitnessFailed",
    "WitnessRestored",
    "event_as",
    "event_in",
    "event_of",
    "hold",
]
