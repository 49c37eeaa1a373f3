"""The right to restart, by what sudo lists of the rule that matches."""

from __future__ import annotations

import pytest

from flightrules.errors import Refused
from flightrules.state.restarting import MAY, RestartRight, by_sudo, listed, unlisted
from flightrules.state.target import CommandsRuntime
from tests.state.core import survey
from tests.state.test_plan import plan

RULE = """1000
Sudoers entry:

    RunAsUsers: root
    Commands:
\t/usr/bin/systemctl restart web
"""


def own(*restart: str) -> CommandsRuntime:
    return CommandsRuntime(status=("true",), logs=("true",), restart=restart)


@pytest.mark.parametrize(
    ("status", "out", "complaint", "right"),
    [
        (0, RULE.replace("    Commands", "    Options: !authenticate\n    Commands"), "", "yes"),
        (0, RULE, "", "unknown"),
        (0, "1000\n/usr/bin/systemctl restart web\n", "", "unknown"),
        (0, RULE.replace("1000", "0"), "", "yes"),
        (1, "1000\n", "sudo: a password is required", "no"),
        (1, "0\n", "sudo: a password is required", "no"),
        (127, "0\n", "timeout: failed to run command 'sudo'", "no"),
    ],
)
def test_a_rule_that_matches_is_no_right_unless_it_asks_for_no_password(
    status: int, out: str, complaint: str, right: str
) -> None:
    found = listed(status, out, complaint)
    assert found.right == right
    assert complaint in found.why


def test_what_cannot_be_asked_is_not_known() -> None:
    assert by_sudo(own("/usr/bin/sudo", "-n", "systemctl", "restart", "web"))
    assert unlisted(own("doas", "rc-service", "web", "restart"), "deploy").right == "unknown"
    assert unlisted(own("systemctl", "restart", "web"), "deploy").right == "unknown"
    assert unlisted(own("systemctl", "--user", "restart", "web"), "deploy") == MAY
    assert unlisted(own("systemctl", "restart", "web"), "root") == MAY
    assert unlisted(own("/srv/ctl", "restart"), "deploy") == MAY


def test_a_restart_that_the_host_refuses_is_not_planned() -> None:
    with pytest.raises(Refused, match="a password is required"):
        plan(survey(restart=RestartRight(right="no", why="sudo: a password is required")))
