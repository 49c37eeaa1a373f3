"""Status updates, and a person's word on those for the public.

Knows: the shape of these requests. Must not know: whether they are allowed.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from flightrules.state.commands.base import Command, Short, Text

UpdateText = Annotated[str, Field(max_length=1500)]


class PostUpdate(Command):
    """Tell those who work on the incident, or the public, how it stands."""

    tool = "post_update"
    text: UpdateText
    external: bool = False


class ApproveUpdate(Command):
    """A person lets an update go out to the public."""

    update: Short
    approver: Short


class RejectUpdate(Command):
    """A person keeps it back."""

    update: Short
    approver: Short
    reason: Text
