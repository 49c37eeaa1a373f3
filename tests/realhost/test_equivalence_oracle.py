"""The picture of what stands finds each planted difference in containers and images, and none between equals."""

from __future__ import annotations

import re
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from sandbox.process import run, wait_until
from sandbox.prodhost import Prodhost
from sandbox.ssh import free_port
from tests.equivalence.comparing import Difference, compared
from tests.equivalence.compose_team import ComposeTeam
from tests.equivalence.pictures import containers
from tests.equivalence.playing import gone_at_the_end
from tests.equivalence.project import Project

pytestmark = pytest.mark.usefixtures("prodhost")

RICH = Project(
    features=frozenset(
        {
            *("bind_file", "configs", "context_folder", "depends_started", "environment", "health_exec", "labels"),
            *(
                "modes_and_links",
                "networks",
                "replicas",
                "container_name",
                "user",
                "volume",
                "worker_mounts",
                "include",
            ),
        }
    )
)


@pytest.fixture(scope="module")
def differences(prodhost: Prodhost) -> Iterator[tuple[list[Difference], list[Difference]]]:
    """Give the differences of a deployment from a like one, and from one with every planted difference."""
    del prodhost
    names = tuple(f"eqo-{uuid.uuid4().hex[:8]}" for _ in range(3))
    folder = Path(tempfile.mkdtemp(prefix="equivalence-oracle-"))
    port = free_port()
    pictures = []
    with ExitStack() as stack:
        stack.enter_context(gone_at_the_end(folder, names))
        for number, name in enumerate(names):
            team = ComposeTeam(project=RICH, folder=folder / name, hub=folder, port=port, name=name)
            team.folder.mkdir()
            team.shas = {
                "A": team.commit("A") if number == 0 else run("git", "-C", team.origin, "rev-parse", "HEAD").strip()
            }
            team.settle_in()
            team.checkout("A")
            if number == 2:
                plant_in_files(team)
            team.compose("up", "-d", "--build", release="A")
            if number == 1:
                # As when git replaces a file: the container goes on seeing the old one.
                (team.app / "conf" / "app.conf").rename(team.app / "conf" / "old.conf")
                (team.app / "conf" / "app.conf").write_text("new bytes\n")
            if number == 2:
                plant_in_containers(team)
            pictures.append(team.picture(names))
            team.stop()
        yield compared(pictures[1], pictures[0]), compared(pictures[2], pictures[0])


def plant_in_files(team: ComposeTeam) -> None:
    """Change what compose makes containers and images of."""
    compose = team.app / "compose.yml"
    text = compose.read_text()
    for old, new in (
        ("environment of A", "another value"),
        ("labels of A", "another label"),
        ('user: "1000:1000"', 'user: "1002:1002"'),
        ("127.0.0.1:", "127.0.0.2:"),
        ("internal: true", "internal: false"),
        ('aliases:\n          - "api"', 'aliases:\n          - "other"'),
    ):
        assert old in text, text
        text = text.replace(old, new)
    compose.write_text(text)
    (team.app / "conf" / "worker.conf").write_text("other bytes\n")
    (team.app / "src" / "text").write_text("other bytes\n")
    (team.app / "src" / "tool").chmod(0o644)
    link = team.app / "src" / "link"
    link.unlink()
    link.symlink_to("elsewhere")
    side = team.app / "side" / "Dockerfile"
    side.write_text(side.read_text().replace("CMD", "RUN chown 7:7 /app/text && chmod 600 /app/text\nCMD"))


def plant_in_containers(team: ComposeTeam) -> None:
    """Change what stands by hand."""
    ids = {one["Config"]["Labels"]["com.docker.compose.service"]: one["Id"] for one in containers(team.name)}
    run("docker", "rm", "-f", ids["pool"], ids["named"])
    run("docker", "pause", ids["more"])
    run("docker", "exec", "-u", "0", ids["web"], "rm", "/www/health")
    assert wait_until(lambda: "unhealthy" in run("docker", "ps", "--filter", f"name={team.name}-web-1"), limit_s=20)


PLANTED = {
    "a variable": ("container", "web", r"config\.Env\.PLAIN"),
    "a variable as the service read it": ("container", "web", r"written\.seen/env"),
    "a port": ("container", "web", r"ports\.8080/tcp"),
    "a label": ("container", "web", r"config\.Labels\.example\.release"),
    "a user": ("container", "web", r"config\.User"),
    "an alias in a network": ("container", "web", r"networks\.<project>_back\.aliases"),
    "the health": ("container", "web", r"state\.health"),
    "the answer": ("answer", "", "/health"),
    "bytes of a mounted file": ("container", "worker", r"mounts\./mnt/worker\.conf\.bytes\."),
    "bytes of a mounted file as the service read them": ("container", "worker", r"written\.seen/mnt/worker\.conf"),
    "a byte of a file in an image": ("image", "web", r"files\.app/text"),
    "a mode of a file in an image": ("image", "web", r"files\.app/tool"),
    "a link's target in an image": ("image", "web", r"files\.app/link"),
    "owner and mode of a file in an image": ("image", "side", r"files\.app/text"),
    "the number of replicas": ("replicas", "pool", ""),
    "a service that is missing": ("service", "named", ""),
    "a service that is paused": ("container", "more", r"state\.status"),
}


@pytest.mark.parametrize("planted", PLANTED)
def test_a_planted_difference_is_found(differences: tuple[list[Difference], list[Difference]], planted: str) -> None:
    kind, subject, place = PLANTED[planted]
    found = [one for one in differences[1] if (one.kind, one.subject) == (kind, subject)]
    assert [one for one in found if re.match(place, one.place)], differences[1]


def test_two_deployments_that_are_alike_do_not_differ_and_what_a_container_sees_counts(
    differences: tuple[list[Difference], list[Difference]],
) -> None:
    assert differences[0] == []
