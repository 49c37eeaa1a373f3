from __future__ import annotations

import pytest

from flightrules.state.redaction import redact
from flightrules.state.untrusted import clean
from tests.state.secret_forms.fourth import FOURTH
from tests.state.secret_forms.known import FORMS
from tests.state.secret_forms.ordinary import ordinary
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
    [(UNSEEN, MOST_UNSEEN_PASS), (SECOND, MOST_UNSEEN_PASS), (THIRD, MOST_UNSEEN_PASS), (FOURTH, 0.1)],
    ids=["first", "second", "third", "fourth"],
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
    ],
)
def test_a_hostile_text_keeps_no_rule_busy(piece: str) -> None:
    assert redact(piece * (65_536 // len(piece)))
