"""Steps that make compose services run a release whose files are in the checkout.

Knows: compose, as words of an argv. Must not know: whether a plan may be made.
"""

from __future__ import annotations

from collections.abc import Iterable

from flightrules.state.composing import compose_command, compose_variables, up_words
from flightrules.state.operation import ImageState, Step, Survey
from flightrules.state.runtimes.compose.images import must_build, paused_services, takes_a_tag
from flightrules.state.runtimes.compose.settings import ComposeRuntime
from flightrules.state.target import Target


def compose_steps(target: Target, runtime: ComposeRuntime, survey: Survey, release: str) -> Iterable[Step]:
    """The steps after the work tree was moved: images first, then what serves users."""
    compose = compose_command(target, runtime)
    env = compose_variables(runtime, release)
    for image in survey.images:
        if image.remembered and image.present != image.remembered and takes_a_tag(image.ref):
            yield Step(
                name="retag",
                # By its id, not by its tag: a prune may take the tag of an image that a container holds.
                argv=("docker", "tag", image.remembered, image.ref),
                undo=("docker", "tag", image.present, image.ref) if image.present else None,
                says=f"bring back the remembered image of {image.service} as {image.ref}",
            )
    rebuilt = tuple(image.service for image in survey.images if must_build(image, release))
    yield from (_keep(image) for image in survey.images if image.service in rebuilt and image.present)
    if rebuilt:
        yield Step(
            name="build",
            argv=(*compose, "build", *rebuilt),
            env=env,
            says=f"build {', '.join(rebuilt)} at {release[:12]} (no remembered image: this is a rebuild)",
        )
    yield from _made_anew(compose, env, runtime, survey)
    yield Step(
        name="up",
        argv=(*compose, "up", "-d", "--no-build", *up_words(runtime)),
        env=env,
        changes=True,
        says="bring the services up; those that do not differ are left alone",
    )


def _made_anew(
    compose: tuple[str, ...], env: tuple[tuple[str, str], ...], runtime: ComposeRuntime, survey: Survey
) -> Iterable[Step]:
    """Give the steps for what `up` alone does not reach.

    That is: paused containers, and services whose difference compose does not see.
    """
    paused = paused_services(survey)
    if paused:
        yield Step(
            name="unpause",
            argv=(*compose, "unpause", *paused),
            env=env,
            undo=(*compose, "pause", *paused),
            says=f"let {', '.join(paused)} go on: compose cannot bring up what is paused",
        )
    anew = tuple(touch.service for touch in survey.touches if touch.fate == "recreated")
    if anew:
        yield Step(
            name="recreate",
            argv=(*compose, "up", "-d", "--no-build", "--force-recreate", *up_words(runtime, anew), *anew),
            env=env,
            changes=True,
            says=f"make {', '.join(anew)} anew: compose does not see what changed for them",
        )


def _keep(image: ImageState) -> Step:
    """A build takes the name from the image that runs; should it fail, the name goes back. Run forward, it is idle."""
    tag = ("docker", "tag", image.present, image.ref)
    return Step(name="save", argv=tag, undo=tag, says=f"keep {image.ref} as it is, should the build fail")
