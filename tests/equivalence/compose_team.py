"""A team that deploys by plain docker compose, each with its own words."""

from __future__ import annotations

from tests.equivalence.pictures import Picture, docker, picture
from tests.equivalence.project import Release
from tests.equivalence.team import Team, run


class ComposeTeam(Team):
    """A team whose services compose runs."""

    def deploy(self, release: Release, *, fine: bool = False) -> None:
        """Deploy as this team does; a broken release may fail to come up, which is `fine`."""
        self.checkout(release)
        more = ["--force-recreate"] if self.project.recreates else []
        self.compose("up", "-d", "--build", *more, *self.words.scaled(), release=release, fine=fine)

    def deploy_anew(self, release: Release) -> None:
        """Deploy, with each container made anew and those of no service removed."""
        self.checkout(release)
        more = ("--force-recreate", "--remove-orphans", "--renew-anon-volumes")
        self.compose("up", "-d", "--build", *more, *self.words.scaled(), release=release)

    def compose(self, *words: str, release: Release, fine: bool = False) -> str:
        """Run docker compose with this team's words."""
        said = self.words
        argv = ("docker", "compose", "-p", self.name, *said.options(), *words)
        return run(*argv, cwd=self.app, env=self.exports(release), fine=fine)

    def exports(self, release: Release) -> dict[str, str]:
        """Return the variables in the shell of whoever deploys."""
        said = self.words
        values = dict(said.variables)
        if "TAG" in values:
            values["TAG"] = f"v-{release}"
        return values | ({said.release_variable: self.shas[release]} if said.release_variable else {})

    def stop(self) -> None:
        """Remove containers and networks; volumes stay."""
        down(self.name)

    def picture(self, names: tuple[str, ...]) -> Picture:
        """Return a picture of what exists now."""
        return picture(self.name, self.app, {"/health": self.port}, names)


def down(project: str) -> None:
    """Remove a project's containers and networks; volumes stay."""
    ids = docker("ps", "-aq", "--filter", f"label=com.docker.compose.project={project}").split()
    if ids:
        docker("rm", "-f", *ids)
    for network in docker("network", "ls", "-q", "--filter", f"label=com.docker.compose.project={project}").split():
        docker("network", "rm", network)


def taken_away(name: str) -> None:
    """Leave nothing of a project: containers, networks, volumes, images, and what holds them."""
    keepers = docker("ps", "-aq", "--filter", f"label=flightrules.keep={name}").split()
    if keepers:
        docker("rm", "-f", *keepers)
    down(name)
    for volume in docker("volume", "ls", "-q", "--filter", f"label=com.docker.compose.project={name}").split():
        docker("volume", "rm", "-f", volume)
    listed = docker("image", "ls", "--format", "{{.Repository}}:{{.Tag}}").split()
    images = {image for image in listed if name in image and "<none>" not in image}
    images |= set(docker("image", "ls", "-q", "--filter", f"label=com.docker.compose.project={name}").split())
    for image in sorted(images, reverse=True):
        run("docker", "image", "rm", "-f", image, fine=True)
