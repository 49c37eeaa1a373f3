"""Stand-ins for the promises of ports.py, made of memory; `drill.py` plays whole incidents on them."""

from flightrules.testing.checkout import ScriptedCheckout
from flightrules.testing.clock import START, ManualClock, SequentialIds
from flightrules.testing.host import ScriptedHost, ScriptedOperation, image_of
from flightrules.testing.production import ScriptedProduction
from flightrules.testing.sender import ScriptedSender
from flightrules.testing.world import CONFIG_HASH, GIB

__all__ = [
    "CONFIG_HASH",
    "GIB",
    "START",
    "ManualClock",
    "ScriptedCheckout",
    "ScriptedHost",
    "ScriptedOperation",
    "ScriptedProduction",
    "ScriptedSender",
    "SequentialIds",
    "image_of",
]
