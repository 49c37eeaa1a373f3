"""Tokens whose issuers gave them a form of their own.

Knows: the beginnings that issuers document. Must not know: the text around a token.
A beginning is enough with so many characters behind it: issuers lengthen their tokens, and a form that is too exact
lets the next one pass. Commit ids, digests and UUIDs begin with none of these.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from string import ascii_letters, digits

from flightrules.state.masking.encoded import decoded
from flightrules.state.masking.runs import WORD, runs
from flightrules.state.masking.shown import WordPlaces
from flightrules.state.masking.spans import Span

BEGINNINGS = {
    "00D": 60, "1//0": 24, "4/0A": 24, "4b1d": 38, "_gitlab_session=": 20, "ABSK": 60, "access-development-": 30,
    "access-production-": 30, "access-sandbox-": 30, "access_token$": 24, "AGE-SECRET-KEY-1": 20,
    "AGE-SECRET-KEY-PQ-1": 20, "aio_": 24, "AIza": 30, "AKCp": 40, "AKID": 28, "api-": 36, "API-": 26, "api_org_": 24,
    "AQE": 50, "AQVN": 30, "ATATT": 40, "ATATT3": 24, "ATBB": 24, "ATCTT3": 24, "ATTA": 60, "authress_": 40,
    "bedrock-api-key-": 20, "bkct_": 20, "bkua_": 20, "CCIPAT_": 20, "CCIPPRJ_": 20, "cfat_": 32, "cfk_": 32,
    "CFPAT-": 24, "cfut_": 32, "cio": 32, "CLOJARS_": 40, "cmVmdGtu": 32, "csk-": 32, "dapi": 32, "dckr_oat_": 16,
    "dckr_pat_": 16, "ddp_": 24, "ddpat_": 24, "dnkey-": 32, "doo_v1_": 32, "dop_v1_": 32, "dor_v1_": 32, "dose": 32,
    "dp.audit.": 20, "dp.ct.": 20, "dp.pt.": 20, "dp.sa.": 20, "dp.scim.": 20, "dp.st.": 20, "dt0c01.": 24,
    "dt0s": 24, "duffel_live_": 20, "duffel_test_": 20, "EAAA": 30, "EAAB": 60, "EAAC": 60, "EAAD": 60, "EAAG": 60,
    "EXO": 24, "eyJ": 24, "eyJrIjoi": 40, "EZAK": 50, "EZTK": 50, "fc-": 32, "figd_": 20, "figo_": 20, "fio-u-": 32,
    "FLWSECK": 12, "fm1_": 24, "fm1r_": 24, "fm2_": 24, "fo1_": 24, "fw_": 20, "FwoGZXIvYXdz": 20, "gAAAAA": 60,
    "gho_": 20, "ghp_": 20, "ghr_": 20, "ghs_": 20, "ghu_": 20, "github_pat_": 20, "glagent-": 16, "glc_": 24,
    "glcbt-": 16, "gldt-": 16, "glffct-": 16, "glft-": 16, "glimt-": 16, "gloas-": 16, "glpat-": 16, "glptt-": 16,
    "glrt-": 16, "glrtr-": 16, "glsa_": 24, "glsoat-": 16, "glwt-": 16, "GOCSPX-": 20, "GOOG1E": 40,
    "GR1348941": 16, "gsk_": 32,
    "hcaik_": 24, "hcamk_": 24, "hcxik_": 24, "hf_": 30, "HRKU-": 24, "hvb.": 20, "hvr.": 20, "hvs.": 20, "ico-": 32,
    "IGQ": 80, "IQoJb3JpZ2lu": 20, "jina_": 32, "key-": 32, "lin_api_": 20, "lin_oauth_": 20, "live_": 32, "lnc": 80,
    "lob_": 32, "lsv2_": 32, "LTAI": 16, "mdb_sa_sk_": 20, "mlsn.": 40, "mob-": 36, "napi_": 32, "nfc_": 24, "nfp_": 24,
    "npm_": 30, "NRAK-": 20, "NRII-": 20, "NRJS-": 16, "NRRA-": 20, "ntn_": 32, "nvapi-": 32, "ops_eyJ": 40,
    "ory_ac_": 32, "ory_at_": 32, "ory_rt_": 32, "oy2": 40, "p8e-": 24, "pagerduty_": 20, "pat-ap1-": 30,
    "pat-eu1-": 30, "pat-na1-": 30, "pat-na2-": 30, "pcsk_": 32, "phs_": 24, "phx_": 24, "PMAK-": 24, "pnb_": 24,
    "pnu_": 24, "pplx-": 32, "pscale_oauth_": 20, "pscale_pw_": 20, "pscale_tkn_": 20, "pul-": 32, "pypi-": 40,
    "r8_": 30, "rdme_": 24, "re_": 30, "rk_live_": 10, "rk_prod_": 10, "rk_test_": 10, "rnd_": 24, "rubygems_": 32,
    "rzp_live_": 14, "rzp_test_": 14, "s-s4t2af-": 40, "s-s4t2ud-": 40, "s.": 24, "sb_secret_": 16, "sbp_": 32,
    "scauth_": 40, "SCW": 17, "sdk-": 36, "secret-live-": 20, "secret-test-": 20, "secret_": 40, "SG.": 32,
    "sgp_": 32, "sha256~": 40, "shippo_live_": 32, "shippo_test_": 32, "shpat_": 24, "shpca_": 24, "shppa_": 24,
    "shpss_": 24, "signkey-prod-": 20, "sk-": 20, "sk_": 32, "sk_live_": 10, "sk_prod_": 10, "sk_test_": 10,
    "sl.": 60, "sm_aat_": 16, "sm_pat_": 16, "sm_sat_": 16, "sntrya_": 24, "sntrys_": 24, "sntryu_": 24, "snyk_": 24,
    "sq0atp-": 20, "SWMKEY-1-": 40, "SWMTKN-1-": 40,
    "sq0csp-": 22, "sqa_": 32, "sqp_": 32, "squ_": 32, "st.": 40, "t1.9eu": 24, "test_": 35,
    "tfp_": 24, "tgp_v1_": 32, "tk-us-": 32, "tskey-": 16, "tvly-": 20, "CfDJ8": 60, "v1.0-": 100, "v1.local.": 24,
    "v2.local.": 24, "v3.local.": 24, "v4.local.": 24, "vca_": 20, "vci_": 20, "vck_": 20, "vcp_": 20, "vcr_": 20,
    "wandb_v1_": 32, "whsec_": 20, "xai-": 40, "xapp-": 16, "xkeysib-": 32, "xox": 12, "xoxe.xox": 20, "xprv": 100,
    "xsmtpsib-": 32, "xwfp-": 16, "ya29.": 20, "yprv": 100, "zpka_": 32, "zprv": 100,
}  # fmt: skip
"""Beginning of a token, and how many characters follow it at least."""

_BODY = re.compile(r"[\w.~+/=%!-]+")
_IN_A_RUN = re.compile(
    r"""(?<![A-Za-z0-9])(?:(?:AKIA|ASIA|ABIA|ACCA)[0-9A-Z]{16}(?![a-z0-9A-Z])
    |[0-9a-z]{32}-us\d{1,2}\b
    |(?:SK|AC)[0-9a-zA-Z]{32}(?![A-Za-z0-9])
    |\d{8,10}:AA[\w-]{32,34}(?![\w-])
    |[MNO][A-Za-z\d]{23,27}\.[\w-]{6}\.[\w-]{27,45}(?![\w-])
    |\w{14}\.atlasv1\.[\w=-]{40,}
    |pat\w{14}\.[0-9a-f]{64}
    |K10[0-9a-f]{64}::[\w:-]{1,40}:[0-9a-f]{32}
    |(?!(?:sha|md|nonce|chunk)[\d_-])(?:[a-z][a-z0-9]{1,11}[_-]){1,3}(?!\w{0,60}[a-z]{8})
        (?=[\w-]{0,28}[A-Z][\w-]{0,28}[A-Z])(?=[A-Za-z_-]{0,28}\d[A-Za-z_-]{0,28}\d)
        (?:[A-Za-z0-9]{30,}|[A-Za-z0-9][\w-]{36,})(?![A-Za-z0-9+/])
    |(?:sc|ext|scauth|authress)_\w{5,30}\.\w{4,6}\.acc[_-][\w-]{10,32}\.[\w+/=-]{30,120}
    |[sp]at\.[\w-]{22}\.[0-9a-zA-Z]{24}\.[\w-]{20}
    |A{18,22}[\w%]{40,})""",
    re.VERBOSE,
)
"""Forms without a beginning of their own, as they stand at the start of a word."""
_SHAPES = {
    "eyj": re.compile(r"(?<![A-Za-z0-9])eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"),
    "hooks.slack.com": re.compile(r"hooks\.slack\.com/(?:services|workflows|triggers)/[\w/+-]{20,}"),
    "webhooks/": re.compile(r"webhooks/\d{15,22}/[\w-]{30,}"),
    "webhook.office.com/": re.compile(r"webhook\.office\.com/webhookb2/\S{40,}"),
    "logic.azure.com": re.compile(r"logic\.azure\.com[^\s\"']*?sig=[\w%-]{20,}"),
    "q~": re.compile(r"(?<=\d)Q~[\w~.-]{31,34}(?![\w~-])"),
    "bot": re.compile(r"bot[^\n]{0,40}?(?<!\d)(\d{8,10}:[\w-]{35})(?![\w-])", re.IGNORECASE),
    "accountkey=": re.compile(r"AccountKey=[\w+/]{40,}={0,2}", re.IGNORECASE),
    "aws": re.compile(r"aws[^\n]{0,40}[\"'=: ]([A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])", re.IGNORECASE),
}
"""Forms that begin with a word of their own, here in small letters."""

SHOWN_BY = tuple(_SHAPES)
"""The words that show such a form."""

_CLAIMS = re.compile(r'"(?:alg|typ|kid|iss|sub|aud|exp|iat|nbf|jti|iv|mac|k|auths?)"\s*:')
_IDENTIFIER = re.compile(
    r"(?:\d+:)?(?:[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})", re.IGNORECASE
)
_PLAIN_RUN = re.compile(r"[0-9a-fA-F-]+|[0-9_-]+|[a-z-]+")
_WORDY = frozenset(
    {
        "sk-",
        "re_",
        "api-",
        "sdk-",
        "mob-",
        "live_",
        "test_",
        "sk_",
        "rnd_",
        "fw_",
        "key-",
        "fc-",
        "ico-",
        "secret_",
        "s.",
        "st.",
    }
)
"""Beginnings that names of ordinary things have as well: what follows must be random."""
_IN_FRONT = frozenset(ascii_letters + digits + "_-./:=$~+")
LEAST_RUN, _MOST_IN_FRONT, _LONGEST_TAIL = 15, 24, 80


def _by_first_letter() -> re.Pattern[str]:
    """All beginnings, those with one first letter together: a search looks at few of them."""
    firsts: dict[str, list[str]] = {}
    for begin in BEGINNINGS:
        firsts.setdefault(begin[0], []).append(re.escape(begin[1:]))
    branches = (
        f"{re.escape(first)}(?:{'|'.join(sorted(rest, key=len, reverse=True))})" for first, rest in firsts.items()
    )
    return re.compile(f"(?<![A-Za-z0-9])(?:{'|'.join(branches)})")


_BEGINS = _by_first_letter()


def issued(text: str, data: bytes) -> Iterator[Span]:
    """Yield the spans of tokens of known issuers. `data` has one byte for each character of the text."""
    until = 0
    for start, end in runs(data, WORD, LEAST_RUN):
        if text[start - 1 : start] == "." or not _PLAIN_RUN.fullmatch(text, start, end):
            yield from _tokens(text, _front(text, start, until), end)
        until = end


def shaped(text: str, shown: WordPlaces) -> Iterator[Span]:
    """Yield the spans of tokens whose form is announced by a word of its own."""
    for word in shown.words.keys() & _SHAPES.keys():
        pattern = _SHAPES[word]
        group = 1 if pattern.groups else 0
        for at in shown.words[word]:
            found = pattern.match(text, at)
            if found and not _IDENTIFIER.fullmatch(found.group(group)):
                yield found.span(group)


def _front(text: str, start: int, until: int) -> int:
    """Return the start of a possible beginning of a token in this run: `SG.`, `dp.st.` stand in front of the run."""
    least = max(until, start - _MOST_IN_FRONT)
    while start > least and text[start - 1] in _IN_FRONT:
        start -= 1
    return start


def _tokens(text: str, first: int, end: int) -> Iterator[Span]:
    for found in _BEGINS.finditer(text, first, end):
        body = _BODY.match(text, found.end())
        token = body.group().rstrip(".!-") if body else ""
        begin = found.group()
        wordy = begin in _WORDY
        if begin == "eyJ" and not _web_token(text[found.start() : found.end() + len(token)]):
            continue
        if len(token) >= BEGINNINGS[begin] and not (wordy and not _random(text, found.start(), token)):
            yield found.start(), found.end() + len(token)
    if not (run := text[first:end]).isalpha() or run.isupper() or text.startswith((".", ":"), end):
        for found in _IN_A_RUN.finditer(text, first, end + _LONGEST_TAIL):
            if found.start() >= end:
                break
            yield found.span()


def _web_token(token: str) -> bool:
    """Return True if base64 of JSON is, or may be part of, a token and not another object."""
    if "." in token:
        return True
    inner = decoded(token)
    return not inner.rstrip().endswith("}") or _CLAIMS.search(inner) is not None


def _random(text: str, at: int, body: str) -> bool:
    """Return True if the text after a token's beginning is random rather than words."""
    if at and text[at - 1] in "_-":
        return False
    counts = sum(c.isdigit() for c in body), sum(c.isalpha() for c in body)
    runs = max((len(run) for run in re.split(r"[^A-Za-z0-9]+", body)), default=0)
    return min(counts) >= 2 and runs >= 12  # noqa: PLR2004
