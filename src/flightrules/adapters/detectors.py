"""Finds secrets by the detectors of detect-secrets: tokens whose issuers gave them a form of their own.

Knows: which of the library's detectors are sure of themselves. Must not know: where a text came from.
Those that guess are left out: by entropy (a commit id looks like a secret), by name alone (state/redaction.py does
that), by address, or by a form that ordinary words have as well; so are those that a hostile line can keep busy.
Nothing is ever verified with an issuer. The library is imported at the first text that could hold such a token.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import import_module

from flightrules.state.redaction import IDENTIFIER, MASK

SURE = {
    "aws.AWSKeyDetector": ("AKIA", "ASIA", "ABIA", "ACCA", "A3T", "aws"),
    "azure_storage_key.AzureStorageKeyDetector": ("AccountKey=",),
    "github_token.GitHubTokenDetector": ("ghp_", "gho_", "ghu_", "ghs_", "ghr_"),
    "gitlab_token.GitLabTokenDetector": (
        *("glpat-", "gldt-", "glft-", "glsoat-", "glrt-", "GR1348941", "glcbt-"),
        *("glimt-", "glptt-", "glagent-", "gloas-"),
    ),
    "mailchimp.MailchimpDetector": ("-us",),
    "pypi_token.PypiTokenDetector": ("pypi-AgE",),
    "sendgrid.SendGridDetector": ("SG.",),
    "slack.SlackDetector": ("xox", "hooks.slack.com"),
    "square_oauth.SquareOAuthDetector": ("sq0csp-",),
    "stripe.StripeDetector": ("sk_live_", "rk_live_"),
    "telegram_token.TelegramBotTokenDetector": ("telegram", "bot"),
    "twilio.TwilioKeyDetector": ("AC", "SK"),
}
"""Detector by module, and what a text must hold before it is asked: looking for a word costs next to nothing."""

LONGEST_ID = 64
"""Characters of the longest identifier that is left alone."""


def detected(text: str) -> str:
    """The text with what the detectors are sure of masked. Commit ids, image digests and UUIDs stay."""
    spans = [
        match.span()
        for name, words in SURE.items()
        if any(word in text for word in words)
        for pattern in _patterns(name)
        for match in pattern.finditer(text)
    ]
    return masked(text, [span for span in spans if not _in_identifier(text, *span)])


def masked(text: str, spans: list[tuple[int, int]]) -> str:
    """The text with each of these parts masked; parts that overlap become one."""
    if not spans:
        return text
    kept: list[str] = []
    end = 0
    for first, last in sorted(spans):
        if first >= end or not kept:
            kept += [text[end:first], MASK]
        end = max(end, last)
    return "".join(kept) + text[end:]


def load() -> None:
    """Import every detector now, so that no call of an incident waits for it."""
    for name in SURE:
        _patterns(name)


@cache
def _patterns(name: str) -> tuple[re.Pattern[str], ...]:
    """What a detector looks for. Its own search is not used: where a pattern has a group, it gives the group alone."""
    module, _, kind = name.partition(".")
    return tuple(getattr(import_module(f"detect_secrets.plugins.{module}"), kind)().denylist)


def _in_identifier(text: str, first: int, last: int) -> bool:
    """Whether a part is or touches a commit id, a digest or a UUID."""
    near = IDENTIFIER.finditer(text, max(0, first - LONGEST_ID), last + LONGEST_ID)
    return any(match.start() < last and first < match.end() for match in near)
