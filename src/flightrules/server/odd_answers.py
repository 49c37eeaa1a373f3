"""Answers to questions that are none, as the 2026-07-28 protocol carries them: made into one that says nothing.

Knows: the form of an answer. Must not know: what was asked.
The SDK refuses such a call before any tool sees it, and neither the model nor its user would learn what is wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mcp_types import ElicitResult
from pydantic import ValidationError

FIELD = "inputResponses"
NOTHING: Mapping[str, Any] = {"action": "accept"}
"""A form without content: nobody's yes, and nobody's no."""


def with_readable_answers(params: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """Return what was sent, with each answer that cannot be read replaced by one that says nothing."""
    answers = (params or {}).get(FIELD)
    if params is None or not isinstance(answers, Mapping):
        return params
    return {**params, FIELD: {key: answer if _is_answer(answer) else NOTHING for key, answer in answers.items()}}


def _is_answer(value: object) -> bool:
    try:
        ElicitResult.model_validate(value, by_name=False)
    except ValidationError:
        return False
    return True
