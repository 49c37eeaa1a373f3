"""The gate (host/gate.sh, admit.sh, rules.sh): the programs run behind it, and nothing else does."""

from __future__ import annotations

import hashlib
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flightrules import __version__
from flightrules.adapters.frames import parse
from flightrules.adapters.gate import authorized, digest, gate, standing
from flightrules.adapters.reading import journal
from flightrules.adapters.reading.rehearsal import rehearsal
from flightrules.adapters.requests import for_gate
from flightrules.adapters.script import script
from flightrules.errors import Defect, Refused
from flightrules.state.operation import Operation, OperationStatus, Survey
from flightrules.state.plan import expected
from flightrules.state.rehearsal import NOTHING, Rehearsal
from flightrules.state.steps import steps_for
from flightrules.state.target import ComposeRuntime, SideBySide, Target
from sandbox.process import run, stop_all_in, wait_until
from tests.adapters.behind_gate import SHELLS, Behind, target_at

pytestmark = pytest.mark.requirement("HOST-gate")

_numbers = count(1)
WHO = ("-c", "user.name=A", "-c", "user.email=a@example")
FORGED = "f" * 40


def git(app: Path, *words: str) -> str:
    return run("git", "-C", str(app), *WHO, *words).strip()


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Path]:
    """A checkout whose path needs quoting, with two commits on main and a third that nobody deployed."""
    app = tmp_path / "it's the app"
    run("git", "init", "--quiet", "--initial-branch=main", str(app))
    for name in ("one", "two"):
        (app / "file").write_text(name)
        git(app, "add", "file")
        git(app, "commit", "--quiet", "--message", name)
    yield app
    stop_all_in(tmp_path)


@pytest.fixture(params=SHELLS)
def behind(request: pytest.FixtureRequest, app: Path, tmp_path: Path) -> Behind:
    return Behind(target_at(app), tmp_path / "host", request.param)


def good(app: Path) -> str:
    return git(app, "rev-parse", "main~1")


def stranger(app: Path) -> str:
    """A commit that is in the repository, but on no branch and never deployed."""
    tree = git(app, "rev-parse", "main^{tree}")
    return git(app, "commit-tree", "-p", "main", "-m", "not ours", tree)


def survey(app: Path, **more: object) -> Survey:
    head, branch = git(app, "rev-parse", "HEAD"), git(app, "branch", "--show-current")
    return Survey.model_validate({"host": "shop-1", "head": head, "branch": branch or None, **more})


def rehearsed(behind: Behind, release: str) -> Rehearsal:
    return rehearsal(parse(behind.ask("survey", release, "trial")[1])["rehearsal"].text)


def operation(target: Target, seen: Survey, release: str, *, who: str = "Ada Lovelace", why: str = "down") -> Operation:
    ident = f"OP-{next(_numbers)}"
    return Operation(
        id=ident,
        incident="INC-7",
        target="shop",
        host="shop-1",
        from_release=seen.head,
        to_release=release,
        steps=steps_for(target, seen, release, f"PLAN-{ident}"),
        who=who,
        why=why,
    )


def looked(behind: Behind, ident: str) -> OperationStatus:
    status, out, complaint = behind.ask("look", ident, "0", "100000", "20")
    assert status == 0, complaint
    return journal.look(out, offset=0, most=100_000)


def ended(behind: Behind, ident: str) -> OperationStatus:
    assert wait_until(lambda: looked(behind, ident).state not in {"claimed", "running"}, limit_s=20)
    return looked(behind, ident)


def taken(app: Path) -> list[str]:
    """The operations that the host took."""
    folder = app / ".git" / "flightrules" / "ops"
    return [path.name for path in folder.iterdir()] if folder.exists() else []


def test_how_the_host_must_be_passes_the_gate_and_is_compared_under_the_lock(behind: Behind, app: Path) -> None:
    seen = survey(app)
    for moved in (False, True):
        one = operation(behind.target, seen, good(app)).model_copy(update={"expected": expected(seen)})
        plan = script(one, behind.target)
        assert "expect clean yes" in plan
        for line, other in (("expect branch main", "expect branch -f"), ("expect clean yes", "expect all well")):
            assert behind.launch_text(one.id, plan.replace(line, other).encode())[0] == 126
        if moved:
            (app / "file").write_text("by hand")
        assert behind.launch_text(one.id, plan.encode()) == (0, "")
        assert ended(behind, one.id).exit_status == (76 if moved else 0)
        git(app, "checkout", "--quiet", "--force", "main")


def test_every_program_runs_behind_it(behind: Behind, app: Path) -> None:
    head = git(app, "rev-parse", "HEAD")
    status, out, _ = behind.ask("probe", "12", "200", "", "services,logs,deploys,disk,memory")
    frames = parse(out)
    assert status == 0
    assert {"status", "log:web:", "head", "commits", "moves", "disk", "memory"} <= frames.keys()
    assert frames["log:web:"].text == "ERROR one\n"
    status, out, _ = behind.ask("probe", "12", "5000", "90s", "logs:web")
    assert {"clock", "log:web:"} == parse(out).keys()
    assert parse(behind.ask("running", "")[1])["head"].text == f"{head}\nmain\n"
    assert parse(behind.ask("survey", good(app), "")[1])["release"].text == "present\n"
    assert behind.ask("remember", head)[0] == 0
    assert parse(behind.ask("compare", good(app), head)[1])["count"].text == "1\n"
    assert looked(behind, "OP-nowhere").state == "absent"
    assert "there is no operation OP-nowhere" in behind.ask("unlock", "OP-nowhere", stdin=b"Grace")[2]


def test_a_rollback_runs_behind_it(behind: Behind, app: Path) -> None:
    (app / "file").write_text("changed by hand")
    seen = survey(app, rehearsal=rehearsed(behind, good(app)))
    one = operation(behind.target, seen, good(app), who="Zoë O'Brien <z@example>", why="`it` is $(down); 'now'")
    assert behind.launch(one, until="1") == (67, "it may not begin any more\n")
    assert behind.launch(one, until=str(int(time.time()) + 60)) == (0, "")
    look = ended(behind, one.id)
    assert (look.state, look.exit_status, [step.name for step in look.steps]) == (
        "done",
        0,
        ["save", "checkout", "restart"],
    ), look.log
    assert git(app, "rev-parse", "HEAD") == good(app)
    assert (app.parent / "restarted").read_text() == "it's up\n"
    assert "Zoë O'Brien" in (app / ".git" / "flightrules" / "audit.log").read_text()
    assert behind.launch(one) == (0, ""), "the same operation may be handed over again"
    again = script(one).replace("INC-7", "INC-8").encode()
    assert behind.launch_text(one.id, again)[0] == 66
    assert (app.parent / "restarted").read_text() == "it's up\n"


def test_a_plan_that_did_not_arrive_whole_is_told_apart(behind: Behind, app: Path) -> None:
    one = operation(behind.target, survey(app), good(app))
    plan = script(one).encode()
    status, _, complaint = behind.ask("launch", one.id, hashlib.sha256(plan).hexdigest(), "", stdin=plan[:-9])
    assert (status, complaint.strip()) == (65, "the plan did not arrive whole")
    assert taken(app) == []


HOSTILE: list[str | bytes | None] = [
    None,
    "",
    " ",
    "ls",
    "sh",
    "sh -c 'touch {mark}'",
    "/usr/lib/openssh/sftp-server",
    "internal-sftp",
    "scp -t /tmp",
    "rsync --server . /",
    "git-upload-pack '{app}'",
    ": flightrules",
    ": flightrules {digest}",
    ": flightrules {digest} ",
    ": flightrules {digest} sh -c id",
    ": flightrules {digest} gate",
    ": flightrules {digest} admit OP-1",
    ": flightrules {digest} frames",
    ": flightrules {digest} ../probe",
    ": flightrules {digest} probe",
    ": flightrules {digest} probe 12 200 -",
    ": flightrules {digest} probe 12 200 - services more",
    ": flightrules {digest} probe -1 200 - services",
    ": flightrules {digest} probe 999999999999999999999999 200 - services",
    ": flightrules {digest} probe 12 200 $(touch${{IFS}}{mark}) services",
    ": flightrules {digest} probe 12 200 - `touch {mark}`",
    ": flightrules {digest} probe 12 200 - *",
    ": flightrules {digest} probe 12 200 - services\ntouch {mark}",
    "\n: flightrules {digest} running",
    ": flightrules {digest} running\n",
    ": flightrules {digest} running\r",
    ": flightrules {digest} running --help",
    ": flightrules {digest} running && touch {mark}",
    ": flightrules {digest} running | tee {mark}",
    ": flightrules {digest} running > {mark}",
    ": flightrules {digest} running {app}",
    ": flightrules {digest} survey main -",
    ": flightrules {digest} survey " + "a" * 40,
    ": flightrules {digest} survey " + "a" * 40 + " trials",
    ": flightrules {digest} survey HEAD -",
    ": flightrules {digest} survey --upload-pack=touch -",
    ": flightrules {digest} survey ffffffffffffffffffffffffffffffffffffffff0 -",
    ": flightrules {digest} survey FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF -",
    ": flightrules {digest} survey ../../../../../../../etc/passwd -",
    ": flightrules {digest} compare " + "a" * 40,
    ": flightrules {digest} compare " + "a" * 40 + " main",
    ": flightrules {digest} look ../../../../etc 0 100 1",
    ": flightrules {digest} look -rf 0 100 1",
    ": flightrules {digest} look .. 0 100 1",
    ": flightrules {digest} look OP-1 -1 100 1",
    ": flightrules {digest} look OP-1 0 99999999 1",
    ": flightrules {digest} look OP-1 0 100 86400",
    ": flightrules {digest} look OP-1 0 1e3 1",
    ": flightrules {digest} unlock",
    ": flightrules {digest} unlock OP-1 OP-2",
    ": flightrules {digest} unlock ../ops/OP-1",
    ": flightrules {digest} launch OP-1",
    ": flightrules {digest} launch OP-1 zz",
    ": flightrules {digest} launch {app} OP-1 " + "a" * 64,
    ": flightrules {digest} remember " + "a" * 39,
    ": flightrules {digest} running " + "a" * 100_000,
    ": flightrules {digest} rünning",
    ": flightrules {digest} running \N{RIGHT-TO-LEFT OVERRIDE}",
    b": flightrules \xff\xfe running",
    ": flightrules 0000000000000000 sh",
    "FLIGHTRULES=1 : flightrules {digest} running",
    "asked : flightrules {digest} running",
]


@pytest.fixture(params=SHELLS, scope="module")
def closed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Behind:
    """A gate whose target is never reached."""
    folder = tmp_path_factory.mktemp("closed")
    return Behind(target_at(folder / "app"), folder / "host", request.param)


@pytest.mark.parametrize("asked", HOSTILE, ids=lambda asked: repr(asked)[:60])
def test_whatever_else_the_key_asks_for_is_refused_and_nothing_runs(closed: Behind, asked: str | bytes | None) -> None:
    mark = closed.folder / "mark"
    if isinstance(asked, str):
        asked = asked.format(digest=digest(closed.target, "services"), mark=mark, app=closed.target.app_dir)
    status, out, complaint = closed.raw(asked, stdin=b"touch it\n")
    assert status in (126, 77)
    assert complaint.startswith("flightrules gate: ")
    assert complaint.count("\n") == 1
    assert out == b""
    assert not mark.exists()


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=200))
@settings(max_examples=60, deadline=None)
def test_no_text_at_all_gets_through(closed: Behind, asked: str) -> None:
    for text in (asked, f": flightrules {digest(closed.target, 'services')} {asked}"):
        status, out, _ = closed.raw(text)
        ran = text.partition(";")[0].split()[3:]
        assert status in (126, 77) or ran == ["running"]
        assert status == 0 or out == b""


def test_a_server_of_another_version_or_with_other_settings_is_told_to_print_the_gate_anew(
    behind: Behind, app: Path
) -> None:
    others = [
        target_at(app, restart=("reboot",)),
        target_at(app, status=("false",)),
        behind.target.model_copy(update={"branch": "release"}),
        behind.target.model_copy(update={"app_dir": "/elsewhere"}),
    ]
    for other in others:
        status, out, complaint = behind.raw(for_gate(digest(other, "services"), "running", ("",)))
        assert (status, out) == (77, b"")
        assert "print it anew with `flightrules host-setup`" in complaint


def test_the_migrations_host_runs_no_rollback(app: Path) -> None:
    text = gate(target_at(app), "migrations")
    assert "#>> launch" not in text
    assert "#>> unlock" not in text
    assert "#>> probe" in text


def test_what_the_client_sets_in_the_environment_is_gone(app: Path, tmp_path: Path) -> None:
    hostile = {
        "GIT_DIR": "/nowhere",
        "GIT_SSH_COMMAND": "touch /tmp/x",
        "LD_LIBRARY_PATH": "/nowhere",
        "COMPOSE_FILE": "/nowhere.yml",
        "LC_EVIL": "x",
        "IFS": "u",
        "ENV": "/nowhere",
        "gate": "x",
        "keep": "EVIL",
        "programs": "x",
    }
    behind = Behind(target_at(app, status=("env",)), tmp_path / "host", env=hostile)
    status, out, complaint = behind.ask("running", "")
    assert status == 0, complaint
    seen = {line.partition("=")[0] for line in parse(out)["status"].text.splitlines()}
    assert seen & (hostile.keys() - {"IFS"}) == set()
    assert {"PATH", "HOME"} <= seen


def test_only_what_was_deployed_may_run(behind: Behind, app: Path) -> None:
    other = stranger(app)
    status, out, complaint = behind.ask("survey", other, "trial")
    assert status == 126
    assert f"{other} is not on branch main" in complaint
    assert not {"paths", "config", "status"} & parse(out).keys()
    status, complaint = behind.launch(operation(behind.target, survey(app), other))
    assert status == 126
    assert "not on branch main" in complaint
    assert behind.launch(operation(behind.target, survey(app), FORGED))[0] == 126
    assert taken(app) == []
    git(app, "checkout", "--quiet", "--detach", other)
    git(app, "checkout", "--quiet", "main")
    assert behind.ask("survey", other, "trial")[0] == 0, "it was deployed by hand since"


Tamper = Callable[[str, Path], str]

TAMPERED: dict[str, Tamper] = {
    "a command before": lambda plan, mark: f"touch {mark}\n{plan}",
    "a command behind": lambda plan, mark: f"{plan}touch {mark}\n",
    "a line behind without an end": lambda plan, mark: f"{plan}touch {mark}",
    "an empty line": lambda plan, _: f"{plan}\n",
    "a comment": lambda plan, _: f"{plan}# nothing\n",
    "a command beside": lambda plan, mark: plan.replace("tree checkout", f"tree checkout; touch {mark};", 1),
    "a substitution": lambda plan, mark: plan.replace("INC-7", f"$(touch {mark})", 1),
    "a quoted substitution": lambda plan, mark: plan.replace(
        "about who 'Ada Lovelace'", f'about who "$(touch {mark})"'
    ),
    "a quote that ends": lambda plan, mark: plan.replace("'Ada Lovelace'", f"'Ada'; touch {mark}; 'Lovelace'"),
    "a quote that seems escaped": lambda plan, mark: plan.replace(
        "'Ada Lovelace'", f"'a'\"'\"''; touch {mark} '\"'\"'b'"
    ),
    "a carriage return": lambda plan, _: plan.replace("\n", "\r\n"),
    "a control character": lambda plan, _: plan.replace("Lovelace", "Love\x1blace"),
    "another key": lambda plan, _: plan.replace("about why", "about when", 1),
    "another restart": lambda plan, mark: plan.replace("restarted", mark.name),
    "a restart as another step": lambda plan, _: plan.replace("restart changes", "restart keeps"),
    "no checkout": lambda plan, _: "".join(
        line.replace("step 1", "step 0") for line in plan.splitlines(keepends=True) if " 0 " not in line
    ),
    "no restart": lambda plan, _: "".join(line for line in plan.splitlines(keepends=True) if "restart" not in line),
    "twice": lambda plan, _: plan + plan[plan.index("step 2") :],
    "a step of no kind": lambda plan, mark: plan.replace(
        "step 2 restart", f"step 2 run keeps touch {mark}\nstep 3 restart"
    ),
    "another folder": lambda plan, _: plan.replace("tree save PLAN", "tree save ../PLAN"),
    "another undo": lambda plan, mark: plan.replace("tree restore", f"tree restore {mark}"),
    "a commit that is none": lambda plan, _: plan.replace("tree checkout ", "tree checkout -"),
    "no digest": lambda plan, _: plan.replace(NOTHING, "-"),
    "a variable": lambda plan, _: plan.replace("keeps flightrules", "keeps GIT_SSH=x flightrules"),
    "a very long line": lambda plan, _: plan.replace("Lovelace", "x" * 300_000),
    "nothing": lambda _plan, _: "",
    "noise": lambda _plan, _: "\x00\xff" * 50,
}


UNREAD = "a very long line"
"""A plan longer than any that is read looks to the host as one that did not arrive whole."""


def test_a_plan_with_anything_else_in_it_is_refused_and_never_starts(behind: Behind, app: Path) -> None:
    mark = behind.folder / "mark"
    one = operation(behind.target, survey(app), good(app))
    plan = script(one)
    for how, tamper in TAMPERED.items():
        tampered = tamper(plan, mark)
        assert tampered != plan, how
        status, complaint = behind.launch_text(one.id, tampered.encode())
        assert status == (65 if how == UNREAD else 126), (how, complaint)
        assert complaint, how
        assert taken(app) == [], how
        assert not mark.exists(), how
    assert behind.launch(one)[0] == 0


PUT_ASIDE = re.compile(rb"^(step 0 save .* )[0-9a-f]{64}$", re.MULTILINE)


@given(st.data())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_byte_of_a_steps_line_can_be_changed(app: Path, tmp_path: Path, data: st.DataObject) -> None:
    behind = Behind(target_at(app), tmp_path / "host")
    one = operation(behind.target, survey(app), good(app))
    plan = script(one).encode()
    at = data.draw(st.integers(plan.index(b"about releases"), len(plan) - 1))
    byte = data.draw(st.binary(max_size=3))
    changed = plan[:at] + byte + plan[at + 1 :]
    if changed == plan or changed[: plan.index(b"step 0")] != plan[: plan.index(b"step 0")]:
        return  # the release we come from is told, not run
    if PUT_ASIDE.sub(rb"\1", changed) == PUT_ASIDE.sub(rb"\1", plan):
        return  # the first step itself holds another digest of what is put aside against the host
    assert behind.launch_text(one.id, changed)[0] != 0
    assert one.id not in taken(app)


def test_a_checkout_that_moved_since_the_plan_is_refused(behind: Behind, app: Path) -> None:
    one = operation(behind.target, survey(app), good(app))
    git(app, "checkout", "--quiet", "--detach", "main~1")
    status, complaint = behind.launch(one)
    assert (status, "line 5 of the plan" in complaint) == (126, True)


def test_what_was_put_aside_before_is_not_written_over(behind: Behind, app: Path) -> None:
    one = operation(behind.target, survey(app), good(app))
    kept = app / ".git" / "flightrules" / "kept" / f"PLAN-{one.id}"
    kept.mkdir(parents=True)
    (kept / "file").write_text("somebody's work")
    assert behind.launch(one) == (0, "")
    look = ended(behind, one.id)
    assert (look.exit_status, "is there already" in look.log) == (1, True)
    assert (kept / "file").read_text() == "somebody's work"


@pytest.fixture
def side(app: Path, tmp_path: Path) -> SideBySide:
    """Releases side by side: the newest is current, the good one has a folder too."""
    releases = tmp_path / "releases"
    releases.mkdir()
    for name, commit in (("20260101", "main~1"), ("20260102", "main")):
        git(app, "worktree", "add", "--quiet", "--detach", str(releases / name), commit)
    (tmp_path / "current").symlink_to(releases / "20260102")
    return SideBySide(folder=str(releases), link=str(tmp_path / "current"))


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("there", ["20260101", ""])
def test_releases_side_by_side_are_rolled_back_behind_it(
    app: Path, tmp_path: Path, side: SideBySide, there: str, shell: str
) -> None:
    behind = Behind(target_at(app, layout="releases"), tmp_path / "host", shell)
    seen = survey(app, current_folder="20260102", release_folder=there)
    assert "folders" in parse(behind.ask("survey", good(app), "")[1])
    one = operation(behind.target, seen, good(app))
    assert behind.launch(one) == (0, "")
    look = ended(behind, one.id)
    assert look.exit_status == 0, look.log
    assert str(Path(side.link).readlink()) == f"{side.folder}/{there or good(app)}"
    back = operation(behind.target, survey(app, current_folder=there or good(app)), good(app))
    only_restart = back.model_copy(update={"steps": tuple(s for s in back.steps if s.name == "restart")})
    assert behind.launch(only_restart)[0] == 0, "the release is current already"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("releases/20260101", "releases/../secret"),
        ("releases/20260101", "releases/20260102"),
        ("releases/20260101", "releases/changed"),
        ("releases/20260101", "other/20260101"),
        ("current", "currant"),
        ("mv -fT", "rm -rf"),
        ("undo 0 sh", "undo 0 bash"),
    ],
)
def test_the_link_leads_only_to_a_folder_that_holds_the_release(
    app: Path, tmp_path: Path, side: SideBySide, old: str, new: str
) -> None:
    behind = Behind(target_at(app, layout="releases"), tmp_path / "host")
    git(app, "worktree", "add", "--quiet", "--detach", f"{side.folder}/changed", "main~1")
    (Path(side.folder) / "changed" / "file").write_text("by hand")
    seen = survey(app, current_folder="20260102", release_folder="20260101")
    one = operation(behind.target, seen, good(app))
    assert old in script(one)
    assert behind.launch_text(one.id, script(one).replace(old, new).encode())[0] == 126
    assert taken(app) == []
    assert behind.launch(one)[0] == 0


def test_a_restart_alone_is_no_rollback(app: Path, tmp_path: Path, side: SideBySide) -> None:
    behind = Behind(target_at(app, layout="releases"), tmp_path / "host")
    one = operation(behind.target, survey(app, current_folder=Path(side.link).readlink().name), good(app))
    steps = tuple(step for step in one.steps if step.name == "restart")
    status, complaint = behind.launch(one.model_copy(update={"steps": steps}))
    assert (status, "does not hold" in complaint) == (126, True)


def test_an_operation_that_is_stuck_is_ended_behind_it(app: Path, tmp_path: Path) -> None:
    stuck = target_at(app, restart=("sh", "-c", "while :; do sleep 0.1; done"))
    behind = Behind(stuck, tmp_path / "host")
    one = operation(stuck, survey(app), good(app))
    assert behind.launch(one)[0] == 0
    assert wait_until(lambda: "restart" in {step.name for step in looked(behind, one.id).steps}, limit_s=10)
    status, out, complaint = behind.ask("unlock", one.id, stdin=b"Grace\tHopper\n")
    assert (status, out) == (0, b"broken killed\n"), complaint
    assert "\tGraceHopper\tlock broken" in (app / ".git" / "flightrules" / "audit.log").read_text()


@pytest.mark.parametrize("word", ["a b", "$(x)", "a;b", "-", "é", "a\n"])
def test_the_server_sends_no_word_that_a_gate_would_not_take(word: str) -> None:
    with pytest.raises(Defect, match="probe"):
        for_gate("0" * 16, "probe", (word,))


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_parses_under_every_shell(app: Path, tmp_path: Path, shell: str) -> None:
    compose = target_at(app).model_copy(update={"runtime": ComposeRuntime(project="shop", files=("it's.yml", "b.yml"))})
    for target in (compose, target_at(app)):
        behind = Behind(target, tmp_path / target.runtime.kind, shell)
        text = behind.script.read_text()
        done = subprocess.run(
            [behind.folder / "bin" / "sh", "-n"], input=text.encode(), capture_output=True, check=False
        )
        assert (done.returncode, done.stderr) == (0, b"")
        assert "@" not in text[: text.index("#>> ")].replace("$@", "")


def test_the_line_takes_everything_else_away() -> None:
    key = "ssh-ed25519 AAAAC3Nz ada@laptop\n"
    assert authorized(key, "/opt/gate") == 'restrict,command="/opt/gate" ssh-ed25519 AAAAC3Nz flightrules'
    assert ',from="192.0.2.7,10.*"' in authorized(key, "/opt/gate", sources="192.0.2.7,10.*")
    for wrong in ("", "no key", 'ssh-ed25519 AAAA" x', "-----BEGIN OPENSSH PRIVATE KEY-----"):
        with pytest.raises(Refused, match="not a public key"):
            authorized(wrong, "/opt/gate")


def test_a_gate_for_other_settings_says_which_flightrules_printed_it(behind: Behind) -> None:
    status, _, complaint = behind.raw(for_gate("0123456789abcdef", "running", ("",)))
    assert status == 77
    assert f"this gate, of flightrules {__version__}, is not the one" in complaint
    assert "other settings of the target" in standing(complaint)


@pytest.mark.parametrize(
    ("complaint", "told"),
    [
        ("flightrules gate: this gate is not the one the server asks for", "printed by an older flightrules than this"),
        ("flightrules gate: this gate, of flightrules 0.2.0, is not", "0.2.0, which is older than this one (0.10.0)"),
        ("flightrules gate: this gate, of flightrules 0.11.0, is not", "0.11.0, which is newer than this one"),
        ("flightrules gate: this gate, of flightrules 0.10.0, is not", "printed for other settings"),
    ],
)
def test_which_gate_stands_there_is_told_by_its_version(complaint: str, told: str) -> None:
    assert told in standing(complaint, "0.10.0")


def test_the_digest_does_not_depend_on_the_version(app: Path) -> None:
    text = gate(target_at(app), "services")
    assert f"version={__version__} " in text
    assert f"gate={digest(target_at(app), 'services')}" in text
