"""The recipients that one Apprise address stands for, each with a service of its own.

Knows: how addresses of Apprise name several recipients. Must not know: what is sent to them.
A service that reaches all of its recipients by one request stays whole: it arrives there at all of them or at none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from flightrules.adapters.sending.hearing import listen_to
from flightrules.errors import Refused

if TYPE_CHECKING:
    from apprise import AppriseAsset, NotifyBase

_BETWEEN = re.compile(r"[,;\s]+")
_COPIES = ("cc", "bcc")


class Recipient(NamedTuple):
    """One who is sent to."""

    place: str
    """Number, and target if there are several, of the recipient within the address; it does not hold a secret."""
    kind: str
    """The schema of the address: `slack`, `mailto`."""
    service: NotifyBase


def kind_of(url: str) -> str:
    """The kind of an address as far as it can be repeated."""
    kind = url.partition("://")[0]
    return kind if kind.isascii() and kind.isalnum() else "address"


def recipients(url: str) -> list[Recipient]:
    """Everybody an address stands for. Raises `Refused` where Apprise understands it not at all, or in part."""
    from apprise import AppriseAsset
    from apprise.plugins import url_to_dict
    from apprise.utils.parse import parse_urls

    asset = AppriseAsset(app_id="flightrules", async_mode=False, storage_mode="memory")
    found: list[Recipient] = []
    for number, address in enumerate(parse_urls(url)):  # type: ignore[no-untyped-call]
        parsed = url_to_dict(address)  # type: ignore[no-untyped-call]
        if not parsed:
            raise _not_understood(url)
        # Text alone: each receiver's own form is made here, and not by whatever a plugin takes markup for.
        found += _single(number, {**parsed, "format": "text"}, asset)
    if not found:
        raise _not_understood(url)
    return found


def _single(number: int, parsed: Mapping[str, Any], asset: AppriseAsset) -> Iterator[Recipient]:
    whole, kind, targets = _service(parsed, asset), str(parsed["schema"]), [*_targets(parsed)]
    requests = len(whole) // (whole.retry + 1)
    if len(targets) <= 1 or (requests <= 1 and not any(parsed.get(copies) for copies in _COPIES)):
        yield Recipient(f"{number}", kind, whole)
        return
    for target in targets:
        alone = {key: value for key, value in parsed.items() if key not in _COPIES}
        yield Recipient(f"{number} {target}", kind, _service({**alone, "targets": [target]}, asset))


def _targets(parsed: Mapping[str, Any]) -> Iterable[str]:
    """The recipients as the address has them, those of copies too, each once."""
    named = [one for key in ("targets", *_COPIES) for one in _as_list(parsed.get(key))]
    return dict.fromkeys(part for one in named for part in _parted(one) if part)


def _parted(named: str) -> Iterable[str]:
    """Several in one word; an e-mail address may have a name with spaces before it."""
    from apprise.utils.parse import parse_emails

    if "@" not in named:
        return _BETWEEN.split(named)
    return parse_emails(named) or [named]  # type: ignore[no-untyped-call]


def _as_list(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [str(one) for one in value] if isinstance(value, list | tuple | set) else []


def _service(parsed: Mapping[str, Any], asset: AppriseAsset) -> NotifyBase:
    """The service of a parsed address; made here since Apprise would log the address with its secrets."""
    from apprise.manager_plugins import NotificationManager

    kind = str(parsed["schema"])
    try:
        service: NotifyBase = NotificationManager()[kind](  # type: ignore[no-untyped-call]
            **{**parsed, "asset": asset}
        )
    except Exception as error:
        raise _not_understood(f"{kind}://") from error
    if not service.enabled:
        raise _not_understood(f"{kind}://")
    listen_to(service)
    return service


def _not_understood(url: str) -> Refused:
    return Refused("bad_address", f"Apprise does not understand this address ({kind_of(url)}).", "Correct it.")
