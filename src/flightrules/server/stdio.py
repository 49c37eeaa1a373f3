"""MCP over stdio: each line a message, and none that somebody could wait for left without an answer.

Knows: the SDK's streams of messages. Must not know: descriptors (pipes.py), nor tools.
The SDK's own transport answers no line that it cannot read, drops what is under way when its input ends, and ends with
a traceback when nobody reads what it writes.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from mcp.shared.message import SessionMessage
from mcp_types import (
    JSONRPCError,
    JSONRPCMessage,
    JSONRPCNotification,
    JSONRPCRequest,
    JSONRPCResponse,
    RequestId,
    jsonrpc_message_adapter,
)
from pydantic import ValidationError

from flightrules.server.envelopes import answers, spoilt, wants_an_answer
from flightrules.server.pipes import Lines, LineWriter

LAST_WORDS_S = 5.0
"""So long a client that closed its end is still answered what it asked before, as one is that pipes its calls in."""
UNREAD_S = 5.0
"""So long a client is given to take an answer to what could not be read, and what is left at the end."""

Incoming = MemoryObjectReceiveStream[SessionMessage | Exception]
Told = MemoryObjectSendStream[SessionMessage | Exception]
Leaving = MemoryObjectReceiveStream[SessionMessage]
Outgoing = MemoryObjectSendStream[SessionMessage]

log = logging.getLogger("flightrules")


@asynccontextmanager
async def messages(lines: Lines, pen: LineWriter) -> AsyncIterator[tuple[Incoming, Outgoing]]:
    """The messages that come, and where to those that go; ends when the client went away, by either end."""
    told, incoming = anyio.create_memory_object_stream[SessionMessage | Exception]()
    outgoing, leaving = anyio.create_memory_object_stream[SessionMessage]()
    session, all_left = _Session(), anyio.Event()

    async def send() -> None:
        try:
            await session.send(leaving, pen)
        except OSError as gone:
            log.warning("the client takes no more answers (%s); what was recorded holds", gone.strerror or gone)
            group.cancel_scope.cancel()
        all_left.set()

    with told, incoming, outgoing, leaving:
        async with anyio.create_task_group() as group:
            group.start_soon(session.receive, lines, told, outgoing.clone())
            group.start_soon(send)
            yield incoming, outgoing
            outgoing.close()
            with anyio.move_on_after(UNREAD_S):
                await all_left.wait()
            group.cancel_scope.cancel()


@dataclass(slots=True)
class _Session:
    """State of what passes between a client and the server."""

    asked: set[RequestId] = field(default_factory=set)
    """The requests of the client that were not answered yet."""
    asking: set[RequestId] = field(default_factory=set)
    """Requests that the client was sent and has not answered; once its end is closed it never will."""
    passed: anyio.Event = field(default_factory=anyio.Event)
    """Set with whatever leaves."""

    async def receive(self, lines: Lines, told: Told, outgoing: Outgoing) -> None:
        """Hand on each line's message and answer what is none, until the client has closed its end."""
        async with told, outgoing:
            try:
                async for line in lines:
                    await self._received(line, told, outgoing)
            except OSError:
                pass  # broken off is an end too
            except anyio.BrokenResourceError:
                return  # the server has ended
            with anyio.move_on_after(LAST_WORDS_S):
                while self.asked and not self.asking:
                    self.passed = anyio.Event()
                    await self.passed.wait()

    async def _received(self, line: str, told: Told, outgoing: Outgoing) -> None:
        if (message := _message(line)) is not None:
            self._note(message)
            await told.send(SessionMessage(message))
            return
        with anyio.move_on_after(UNREAD_S):
            for answer in answers(line):
                await outgoing.send(SessionMessage(answer))

    def _note(self, message: JSONRPCMessage) -> None:
        if isinstance(message, JSONRPCRequest):
            self.asked.add(message.id)
        elif isinstance(message, JSONRPCNotification) and message.method == "notifications/cancelled":
            number = (message.params or {}).get("requestId")
            self.asked.difference_update({number} if isinstance(number, str | int) else ())
        elif isinstance(message, JSONRPCResponse | JSONRPCError) and message.id is not None:
            self.asking.discard(message.id)

    async def send(self, leaving: Leaving, pen: LineWriter) -> None:
        """Write what goes to the client. Raises OSError where it takes no more."""
        async with leaving:
            async for one in leaving:
                await pen.write(one.message.model_dump_json(by_alias=True, exclude_unset=True) + "\n")
                if isinstance(one.message, JSONRPCRequest):
                    self.asking.add(one.message.id)
                elif isinstance(one.message, JSONRPCResponse | JSONRPCError) and one.message.id is not None:
                    self.asked.discard(one.message.id)
                self.passed.set()


def _message(line: str) -> JSONRPCMessage | None:
    """The message in a line; None where there is none that can be handed on."""
    try:
        message = jsonrpc_message_adapter.validate_json(line, by_name=False)
    except ValidationError:
        return spoilt(line)
    return None if isinstance(message, JSONRPCNotification) and wants_an_answer(line, message) else message
