"""Commands that can be given for an incident, one type per command, each named in the imperative.

Knows: the shape of a request and which call it belongs to. Must not know: whether it is allowed (rules do).
Commands marked as the system's carry what the world answered; no face can send them.
"""

from __future__ import annotations

from flightrules.state.commands.alerting import CallPeople, JoinAlerts, TellWaiting
from flightrules.state.commands.analysing import BeginAnalysis, RecordAnalysis
from flightrules.state.commands.approving import (
    Approve,
    ApproveInAdvance,
    CloseForm,
    NoteSurveys,
    ProposePlan,
    PutForm,
    Reject,
    SignatureSeen,
    StartRollback,
)
from flightrules.state.commands.assessing import BeginAssessment, Classify, Join, Open, RecordAssessment, RecordReading
from flightrules.state.commands.base import Command, Sha, Short, Text
from flightrules.state.commands.communicating import ApproveUpdate, PostUpdate, RejectUpdate, UpdateText
from flightrules.state.commands.deciding import Decide, DecideByPerson
from flightrules.state.commands.finishing import (
    AcceptByPerson,
    BeginVerification,
    Close,
    PreparePlannerBrief,
    PrepareReport,
    RecordGlance,
    RecordMonitoring,
    RecordPlannerBrief,
    RecordReport,
    RecordVerification,
)
from flightrules.state.commands.fixing import (
    BeginBranch,
    BeginFix,
    BeginTests,
    EndFix,
    RecordBranch,
    RecordTests,
    Tick,
)
from flightrules.state.commands.otherwise import (
    Acknowledge,
    ClaimMitigation,
    CorrectTimes,
    Mitigate,
    NoteClock,
    SetPace,
)
from flightrules.state.commands.rolling_back import Abandon, AwaitProof, Launch, RecordProof, RecordStatus, ShowRollback

__all__ = [
    "Abandon",
    "AcceptByPerson",
    "Acknowledge",
    "Approve",
    "ApproveInAdvance",
    "ApproveUpdate",
    "AwaitProof",
    "BeginAnalysis",
    "BeginAssessment",
    "BeginBranch",
    "BeginFix",
    "BeginTests",
    "BeginVerification",
    "CallPeople",
    "ClaimMitigation",
    "Classify",
    "Close",
    "CloseForm",
    "Command",
    "CorrectTimes",
    "Decide",
    "DecideByPerson",
    "EndFix",
    "Join",
    "JoinAlerts",
    "Launch",
    "Mitigate",
    "NoteClock",
    "NoteSurveys",
    "Open",
    "PostUpdate",
    "PreparePlannerBrief",
    "PrepareReport",
    "ProposePlan",
    "PutForm",
    "RecordAnalysis",
    "RecordAssessment",
    "RecordBranch",
    "RecordGlance",
    "RecordMonitoring",
    "RecordPlannerBrief",
    "RecordProof",
    "RecordReading",
    "RecordReport",
    "RecordStatus",
    "RecordTests",
    "RecordVerification",
    "Reject",
    "RejectUpdate",
    "SetPace",
    "Sha",
    "Short",
    "ShowRollback",
    "SignatureSeen",
    "StartRollback",
    "TellWaiting",
    "Text",
    "Tick",
    "UpdateText",
]
