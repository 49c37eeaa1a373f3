from __future__ import annotations

import pytest

from flightrules.state.redaction import cast_also, redact
from flightrules.state.untrusted import clean
from tests.state.secret_forms.eighth import EIGHTH
from tests.state.secret_forms.fifth import FIFTH
from tests.state.secret_forms.fourth import FOURTH
from tests.state.secret_forms.harmless import HARMLESS
from tests.state.secret_forms.known import FORMS
from tests.state.secret_forms.ninth import NINTH
from tests.state.secret_forms.ordinary import ordinary
from tests.state.secret_forms.seventh import SEVENTH
from tests.state.secret_forms.sixth import SIXTH
from tests.state.secret_forms.tenth import TENTH
from tests.state.secret_forms.third import THIRD
from tests.state.secret_forms.unseen import SECOND, UNSEEN

MOST_UNSEEN_PASS = 0.05
MOST_FALSE_ALARMS = 5


@pytest.mark.parametrize(("text", "needles"), [form[1:] for form in FORMS], ids=[form[0] for form in FORMS])
def test_no_known_form_of_a_secret_passes(text: str, needles: list[str]) -> None:
    for needle in needles:
        assert needle not in redact(text)
        assert needle not in clean(text, 100_000)


@pytest.mark.parametrize(
    ("forms", "most"),
    [
        *((forms, MOST_UNSEEN_PASS) for forms in (UNSEEN, SECOND, THIRD, FIFTH, SIXTH, SEVENTH, NINTH, TENTH)),
        *((forms, 0.07) for forms in (FOURTH, EIGHTH)),
    ],
    ids=["first", "second", "third", "fifth", "sixth", "seventh", "ninth", "tenth", "fourth", "eighth"],
)
def test_few_forms_that_the_rules_were_not_written_after_pass(
    forms: list[tuple[str, str, tuple[str, ...]]], most: float
) -> None:
    passed = [name for name, text, needles in forms if any(needle in redact(text) for needle in needles)]
    assert len(passed) <= most * len(forms), passed


def test_ordinary_lines_of_logs_stay_as_they_are() -> None:
    lines = ordinary(10_000)
    altered = [line for line in lines if redact(line) != line]
    assert len(altered) <= MOST_FALSE_ALARMS, altered[:20]


@pytest.mark.parametrize("line", HARMLESS)
def test_a_line_that_looks_like_a_secret_and_holds_none_stays(line: str) -> None:
    assert redact(line) == line


@pytest.mark.timeout(10)
def test_a_header_of_many_letters_keeps_no_rule_busy() -> None:
    assert redact(f"Authorization: basic {'a' * 380}9")
    assert redact(f"cookie: {'word ' * 70}9")


def test_what_is_remembered_holds_no_secret_and_is_forgotten_with_other_nets() -> None:
    assert redact("the title of an incident") == "the title of an incident"
    cast_also(lambda text: text.replace("title", "[redacted]"))
    try:
        assert redact("the title of an incident") == "the [redacted] of an incident"
    finally:
        cast_also()
    assert redact("password=hunter2") == redact("password=hunter2") == "password=[redacted]"


def test_a_log_that_is_read_whole_stays_as_it_is() -> None:
    log = "\n".join(ordinary(2_000, seed=11))
    assert redact(log) == log


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "piece",
    [
        *(
            "password=",
            "password: ",
            "password|",
            "password is ",
            '"password",',
            "password:\n ",
            "<password>",
            "(password(",
        ),
        *(
            "://a:b@",
            "a:bcdefg1@",
            "curl -u a ",
            "mysql -",
            "login -p",
            "&quot;password&quot;:",
            "%22",
            "?code=",
            "$1$a",
        ),
        *("-----BEGIN PRIVATE KEY-----\n", "-----END PRIVATE KEY-----\n", "Private-Lines: 3\n", "password: |\n  a\n"),
        *(
            "4111 1111 1111 1111 ",
            "x" * 24,
            "QUJD" * 7,
            "sk-a1",
            ":5432:a:b:",
            "authorization: [",
            "cookie: ",
            "key=",
            "v1=",
        ),
        *("a,password\n", "| token |\n", "(token) values ('a', 'b'), ", "kind: Secret\ndata:\n  a: b\n", "Value: a\n"),
        *("a_", "-u a ", "echo a1B2c3 |", "/t/a1/", "hooks/", "://x/hooks/", "key 7 ", "isakmp key ", "(password\n"),
        *("hmac-sha1:a:", "authinfo:a ", "radtest a ", "createuser a MD5 b ", 'credentials={"a":"', "password={A}a"),
        *("recovery codes: ", "password for a: ", "<password>a", "auth=('a', ", "-----BEGIN CERTIFICATE-----\n"),
    ],
)
def test_a_hostile_text_keeps_no_rule_busy(piece: str) -> None:
    assert redact(piece * (65_536 // len(piece)))
