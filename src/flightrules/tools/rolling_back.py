"""The rollback tool: ask a person where the client can, tell the agent what to tell its user where it cannot.

Knows: the order prepare, ask, go on. Must not know: how a client is asked (asking.py), what approval needs to count.
"""

from __future__ import annotations

from typing import Annotated

from mcp_types import CallToolResult, InputRequiredResult

from flightrules.service import answers as a
from flightrules.service.rollback.planning import Question, Stop, prepare
from flightrules.service.rollback.rolling_back import PersonSaid
from flightrules.tools.arguments import Incident
from flightrules.tools.asking import ask, gone_on_with
from flightrules.tools.context import Ctx, app_of, call_of
from flightrules.tools.results import tool_result


async def rollback(
    incident: Incident, ctx: Ctx
) -> Annotated[CallToolResult, a.Answer[a.RollbackResult]] | InputRequiredResult:
    """Plan, ask, start or follow the rollback."""
    app, call = app_of(ctx), call_of(ctx, "rollback", incident=incident)
    invocation = await gone_on_with(ctx, app.incidents, call)
    question = await prepare(app.incidents, invocation)
    if isinstance(question, Stop):
        return tool_result(question.answer)
    told = 0

    async def report(text: str) -> None:
        nonlocal told
        told += 1
        await ctx.report_progress(told, message=text)

    said = await ask(ctx, invocation, question, report) if isinstance(question, Question) else PersonSaid()
    if isinstance(said, InputRequiredResult):
        return said
    return tool_result(await app.rollbacks.rollback(invocation, said, report=report))
