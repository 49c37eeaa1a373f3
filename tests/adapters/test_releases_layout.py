"""The host programs where releases lie side by side (host/releases.sh), on folders in every state."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from flightrules.adapters.frames import parse
from flightrules.adapters.reading import git as read_git
from flightrules.adapters.reading.content import content
from flightrules.adapters.reading.findings import Records, findings
from flightrules.adapters.reading.survey import survey
from flightrules.adapters.reading.unreadable import Unreadable
from flightrules.errors import Refused
from flightrules.state.evidence import Deploys
from flightrules.state.operation import Content, Survey
from flightrules.state.plan import make_plan
from flightrules.state.releases import GoodRelease
from flightrules.state.target import CommandsRuntime, Host, Target
from sandbox.process import stop_all_in
from sandbox.shop.repository import git
from tests.adapters.host_programs import Here

TOLD = "b" * 40
RUNTIME = CommandsRuntime(
    status=("true",), logs=("true",), restart=("true",), release=("echo", TOLD), layout="releases"
)


class ReleasesHost:
    """A clone, the folders of its releases, and the link to the current one."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.repo, self.releases, self.link = root / "repo", root / "releases", root / "current"
        self.here = Here(self.repo, {"PATH": os.environ["PATH"], "HOME": str(root)})
        self.shas = [self._commit(number) for number in range(1, 5)]
        self.releases.mkdir()

    def _commit(self, number: int) -> str:
        if number == 1:
            self.repo.mkdir()
            git(self.repo, "init", "--quiet", "--initial-branch=main")
        (self.repo / "app.py").write_text(f"print({number})\n")
        git(self.repo, "add", "--all")
        git(self.repo, "commit", "--quiet", "--message", f"Release {number}")
        return git(self.repo, "rev-parse", "HEAD").strip()

    def worktree(self, sha: str, name: str = "") -> Path:
        folder = self.releases / (name or sha)
        git(self.repo, "worktree", "add", "--quiet", "--detach", str(folder), sha)
        return folder

    def exported(self, sha: str, name: str) -> Path:
        """A folder as Capistrano leaves it: no repository, the commit in a file."""
        folder = self.releases / name
        folder.mkdir()
        (folder / "REVISION").write_text(f"{sha}\n")
        return folder

    def point(self, folder: Path) -> None:
        self.link.unlink(missing_ok=True)
        self.link.symlink_to(folder)

    @property
    def layout(self) -> tuple[str, str, str]:
        return ("releases", str(self.link), str(self.releases))

    @property
    def target(self) -> Target:
        return Target(
            name="shop",
            hosts=(Host(name="shop-1", address="h", user="root", key="k", host_key="ssh-ed25519 AAAA"),),
            app_dir=str(self.repo),
            runtime=RUNTIME,
            health_url="http://h/health",
        )

    def surveyed(self, release: str, *, trial: bool = False) -> Survey:
        words = (
            "commands",
            str(self.repo),
            "10",
            release,
            "trial" if trial else "",
            "app",
            "1",
            "true",
            "2",
            "echo",
            TOLD,
        )
        status, out, complaint = self.here.run("survey", *self.layout, *words)
        assert status == 0, complaint
        return survey(self.target, "shop-1", release, Records(parse(out), complaint), sent_at=datetime.now(UTC))

    def deploys(self) -> Deploys:
        words = ("commands", str(self.repo), "10", "100", "", "deploys", "app", "1", "true", "1", "true")
        _, out, complaint = self.here.run("probe", *self.layout, *words)
        (found,) = findings("shop-1", RUNTIME, ("deploys",), Records(parse(out), complaint))
        assert isinstance(found.data, Deploys), found.why
        return found.data


@pytest.fixture
def managed(tmp_path: Path) -> Iterator[ReleasesHost]:
    yield ReleasesHost(tmp_path.resolve())
    stop_all_in(tmp_path)


def dated(path: Path, hour: int) -> None:
    stamp = datetime(2026, 1, 5, hour, tzinfo=UTC).timestamp()
    os.utime(path, (stamp, stamp), follow_symlinks=False)


def test_the_link_says_what_production_stands_at_and_not_the_clone(managed: ReleasesHost) -> None:
    managed.point(managed.worktree(managed.shas[2]))
    seen = managed.surveyed(managed.shas[1])
    assert (seen.head, seen.branch, seen.release) == (managed.shas[2], None, TOLD)
    assert (seen.current_folder, seen.release_folder, seen.release_folder_taken) == (managed.shas[2], "", False)
    assert seen.changed_paths == ("app.py",)
    assert managed.surveyed(managed.shas[1], trial=True).free_bytes
    _, out, _ = managed.here.run(
        "running", *managed.layout, "commands", str(managed.repo), "10", "", "app", "1", "true", "0"
    )
    assert read_git.head(Records(parse(out), "").text("head")) == (managed.shas[2], None)


def test_a_folder_that_holds_the_release_is_found_whatever_it_is_called(managed: ReleasesHost) -> None:
    managed.point(managed.exported(managed.shas[3], "20260105110000"))
    managed.exported(managed.shas[1], "20260105090000")
    managed.worktree(managed.shas[2], "by-hand")
    assert managed.surveyed(managed.shas[1]).release_folder == "20260105090000"
    assert managed.surveyed(managed.shas[2]).release_folder == "by-hand"
    assert managed.surveyed(managed.shas[0]).release_folder == ""
    now = managed.surveyed(managed.shas[3])
    assert (now.head, now.current_folder, now.release_folder) == (managed.shas[3], "20260105110000", "20260105110000")


def held(managed: ReleasesHost, release: str) -> Content:
    words = (*managed.layout, "commands", str(managed.repo), "10", release, "app", "1", "true", "0")
    status, out, complaint = managed.here.run("running", *words)
    assert status == 0, complaint
    return content(Records(parse(out), complaint))


def test_the_folder_that_the_link_leads_to_is_held_against_the_release(managed: ReleasesHost) -> None:
    folder = managed.worktree(managed.shas[1])
    managed.point(folder)
    assert held(managed, managed.shas[1]) == Content(compared=1)
    (folder / "app.py").write_text("print(9)\n")
    assert held(managed, managed.shas[1]).differs == ("app.py",)


def test_a_folder_without_git_is_compared_as_far_as_a_deployment_leaves_it_alone(managed: ReleasesHost) -> None:
    folder = managed.exported(managed.shas[1], "20260105090000")
    managed.point(folder)
    assert held(managed, managed.shas[1]) == Content()
    (folder / "app.py").write_text("print(2)\n")
    assert held(managed, managed.shas[1]) == Content(compared=1)
    (folder / "app.py").write_text("print(9)\n")
    found = held(managed, managed.shas[1])
    assert found.differs == ()
    assert found.unread == ("app.py: not as committed, and it may be the deployment that wrote it",)


def refused(managed: ReleasesHost, release: str) -> str:
    seen = managed.surveyed(release, trial=True)
    good = GoodRelease(release=release, ground="served", why="it served", at=datetime(2026, 1, 5, tzinfo=UTC))
    with pytest.raises(Refused) as no:
        make_plan(plan_id="PLAN-1", incident="INC-1", target=managed.target, surveys=[seen], good=good)
    return no.value.reason


def test_the_folder_of_a_release_is_made_on_trial_and_leaves_nothing(managed: ReleasesHost) -> None:
    managed.point(managed.worktree(managed.shas[2]))
    before = sorted(str(path) for path in managed.root.rglob("*"))
    seen = managed.surveyed(managed.shas[1], trial=True).rehearsal
    assert seen is not None
    assert seen.needed_kib
    assert (seen.blocked, seen.unreached, seen.stranger) == ((), (), "")
    assert sorted(str(path) for path in managed.root.rglob("*")) == before


def test_a_filter_that_the_folder_of_a_release_needs_and_lacks_refuses_the_plan(managed: ReleasesHost) -> None:
    managed.point(managed.worktree(managed.shas[2]))
    git(managed.repo, "config", "filter.crypt.smudge", "no-such-program")
    git(managed.repo, "config", "filter.crypt.required", "true")
    (managed.repo / ".git" / "info").mkdir(exist_ok=True)
    (managed.repo / ".git" / "info" / "attributes").write_text("*.py filter=crypt\n")
    assert "no-such-program" in refused(managed, managed.shas[1])


def test_a_new_folder_for_a_release_with_submodules_is_refused(managed: ReleasesHost) -> None:
    git(managed.repo, "update-index", "--add", "--cacheinfo", f"160000,{managed.shas[0]},src/kit")
    git(managed.repo, "commit", "--quiet", "--message", "With a submodule")
    release = git(managed.repo, "rev-parse", "HEAD").strip()
    managed.point(managed.worktree(managed.shas[2]))
    assert "submodule src/kit of that release would be empty in a new folder" in refused(managed, release)


def test_a_repository_of_another_account_makes_no_folder(managed: ReleasesHost) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give files away")
    managed.point(managed.worktree(managed.shas[2]))
    os.chown(managed.repo / ".git", 12345, 12345)
    assert "belongs to" in refused(managed, managed.shas[1])


def test_a_folder_that_was_changed_or_never_finished_is_not_at_hand(managed: ReleasesHost) -> None:
    managed.point(managed.worktree(managed.shas[3]))
    changed = managed.worktree(managed.shas[1])
    (changed / "app.py").write_text("print('fixed by hand')\n")
    seen = managed.surveyed(managed.shas[1])
    assert (seen.release_folder, seen.release_folder_taken) == ("", True)
    (managed.releases / managed.shas[0]).mkdir()
    (managed.releases / managed.shas[0] / "half").touch()
    (managed.releases / managed.shas[0] / "REVISION").write_text("not a commit\n")
    half = managed.surveyed(managed.shas[0])
    assert (half.release_folder, half.release_folder_taken) == ("", True)
    managed.worktree(managed.shas[1], "again")
    found = managed.surveyed(managed.shas[1])
    assert (found.release_folder, found.release_folder_taken) == ("again", False)


def test_changes_by_hand_in_the_current_folder_are_told(managed: ReleasesHost) -> None:
    folder = managed.worktree(managed.shas[3])
    managed.point(folder)
    (folder / "app.py").write_text("print('hot')\n")
    seen = managed.surveyed(managed.shas[1])
    assert (seen.dirty, seen.dirty_patch) == (("app.py",), "")
    (managed.repo / "app.py").write_text("print('nobody runs this')\n")
    git(folder, "checkout", "--quiet", "--", "app.py")
    assert managed.surveyed(managed.shas[1]).dirty == ()


@pytest.mark.parametrize("leads", ["", "gone", "outside", "plain"])
def test_a_link_that_leads_to_no_release_is_unreadable(managed: ReleasesHost, leads: str) -> None:
    managed.worktree(managed.shas[3])
    if leads == "gone":
        managed.point(managed.releases / "gone")
    elif leads == "outside":
        managed.point(managed.repo)
    elif leads == "plain":
        managed.releases.joinpath("plain").mkdir()
        managed.point(managed.releases / "plain")
    with pytest.raises(Unreadable, match=r"leads to no folder|does not say which commit"):
        managed.surveyed(managed.shas[1])


def test_a_bare_clone_does_as_well(managed: ReleasesHost) -> None:
    bare = managed.root / "bare"
    git(managed.root, "clone", "--quiet", "--bare", str(managed.repo), str(bare))
    managed.repo, managed.here = bare, Here(bare, managed.here.env)
    managed.point(managed.worktree(managed.shas[3]))
    seen = managed.surveyed(managed.shas[1])
    assert (seen.head, seen.release_present, seen.changed_paths) == (managed.shas[3], True, ("app.py",))
    assert managed.deploys().head == managed.shas[3]


def test_folders_and_the_link_tell_the_deployments(managed: ReleasesHost) -> None:
    for hour, sha in enumerate(managed.shas[:3], start=9):
        dated(managed.worktree(sha) / ".git", hour)
    managed.point(managed.releases / managed.shas[0])
    dated(managed.link, 20)
    found = managed.deploys()
    assert found.head == managed.shas[0]
    assert [(deploy.sha, deploy.at.hour) for deploy in found.deploys] == [
        (managed.shas[0], 20),
        (managed.shas[2], 11),
        (managed.shas[1], 10),
        (managed.shas[0], 9),
    ]
    assert len(found.commits) == 4


def test_a_log_of_revisions_is_believed_also_about_folders_that_are_gone(managed: ReleasesHost) -> None:
    managed.point(managed.exported(managed.shas[3], "20260105120000"))
    dated(managed.link, 12)
    lines = [
        f"Branch main (at {managed.shas[0][:7]}) deployed as release 20260105090000 by ada",
        f"Branch main (at {managed.shas[1]}) deployed as release 20260105100000 by ada",
        "ada rolled back to release 20260105090000",
        "Branch main (at fffffff) deployed as release 20260105110000 by ada",
        "Branch main (at $(reboot)) deployed as release 20260105110000 by ada",
        f"Branch main (at {managed.shas[3]}) deployed as release 20260105120000 by ada",
    ]
    (managed.root / "revisions.log").write_text("\n".join(lines) + "\n")
    assert [(deploy.sha, deploy.at.hour) for deploy in managed.deploys().deploys] == [
        (managed.shas[3], 12),
        (managed.shas[3], 12),
        (managed.shas[1], 10),
        (managed.shas[0], 9),
    ]


def test_only_what_the_link_leads_to_is_remembered(managed: ReleasesHost) -> None:
    managed.point(managed.worktree(managed.shas[3]))
    words = ("commands", str(managed.repo), "10")
    assert managed.here.run("remember", *managed.layout, *words, managed.shas[3], "app", "0")[:2] == (0, b"")
    status, _, complaint = managed.here.run("remember", *managed.layout, *words, managed.shas[1], "app", "0")
    assert status == 1
    assert managed.shas[3] in complaint


def test_a_repository_that_belongs_to_somebody_else_can_be_read(managed: ReleasesHost) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give a folder away")
    folder = managed.worktree(managed.shas[3])
    managed.point(folder)
    for path in (managed.repo, managed.repo / ".git", folder, folder / ".git", managed.releases):
        os.chown(path, 12345, 12345)
    assert managed.surveyed(managed.shas[1]).head == managed.shas[3]
