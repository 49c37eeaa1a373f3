"""Images of compose services: which are at hand for a release, and which must be built.

Knows: what a survey says of an image. Must not know: the words of a step.
"""

from __future__ import annotations

from flightrules.state.operation import ImageState, Survey


def paused_services(survey: Survey) -> tuple[str, ...]:
    """Services of the release with a paused container."""
    return tuple(sorted({s.service for s in survey.services if s.state == "paused" and s.service in survey.planned}))


def takes_a_tag(ref: str) -> bool:
    """Return True if an image can be given that name; a digest or an id names one image for ever."""
    return "@" not in ref and not ref.startswith("sha256:")


def must_build(image: ImageState, release: str) -> bool:
    """An image is at hand when it is remembered, or its name carries the release; a fixed tag proves nothing."""
    carries_release = release in image.ref or release[:7] in image.ref
    at_hand = bool(image.remembered) or (bool(image.present) and carries_release)
    return image.buildable and not at_hand


def unnamed(image: ImageState, release: str) -> bool:
    """Nothing says which image a service had at that release: the host names the same for every release."""
    return bool(image.named_by) and not image.remembered and not must_build(image, release)
