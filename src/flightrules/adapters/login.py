"""Login on a host, and the proof that this host is the one that was pinned.

Knows: keys, fingerprints, what a failed login means. Must not know: what is done on the connection afterwards.
Settings of the user who runs the server (ssh_config, known_hosts, default keys) have no say in it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flightrules.errors import Unavailable, Unreached
from flightrules.state.target import Host
from flightrules.state.untrusted import one_line

if TYPE_CHECKING:
    import asyncssh


class Pinned:
    """The pinned host key, and what the host presented instead."""

    def __init__(self, host: Host) -> None:
        import asyncssh

        self.host = host
        self.presented = ""
        try:
            self.key = asyncssh.import_public_key(host.host_key)
        except asyncssh.KeyImportError as error:
            raise Unreached(
                f"host {host.name}", "its pinned host_key is not a public key.", "Copy it from ssh-keyscan's output."
            ) from error

    @property
    def algorithms(self) -> list[str]:
        """The pinned key's own algorithms first, so that a host with several keys presents that one."""
        from asyncssh.public_key import get_default_public_key_algs

        own = list(self.key.sig_algorithms)
        return [name.decode() for name in (*own, *(a for a in get_default_public_key_algs() if a not in own))]

    def accepts(self, key: asyncssh.SSHKey) -> bool:
        """Return True if the host presented the pinned key."""
        self.presented = key.get_fingerprint()
        return bool(key.public_data == self.key.public_data)

    def refused(self) -> Unreached:
        """Return the error to report when the host did not present the pinned key."""
        return Unreached(
            f"host {self.host.name}",
            f"its host key changed: {self.key.get_fingerprint()} is pinned, "
            f"{self.presented or 'none that could be read'} was presented. Nothing was sent.",
            "Hold it against the host's own: there, ssh-keygen -lf over /etc/ssh/ssh_host_*_key.pub. If it is "
            f"one of them, put that key into host_key of {self.host.name}; if not, call a person.",
        )


def client(pinned: Pinned) -> asyncssh.SSHClient:
    """An SSH client that trusts the pinned key alone."""
    import asyncssh

    class PinnedClient(asyncssh.SSHClient):
        def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:
            del host, addr, port
            return pinned.accepts(key)

    return PinnedClient()


def bastion_of(host: Host) -> Host | None:
    """The host's jump server, as a host of its own."""
    if host.jump is None:
        return None
    return Host.model_validate({**host.jump.model_dump(), "name": f"{host.name[:57]}-jump"})


def identity(host: Host) -> tuple[list[Any], str | None]:
    """The private key to log in with, its certificate beside it, or, if its file is missing, the agent to ask.

    Raises `Unavailable` where there is neither.
    """
    import asyncssh

    path = Path(host.key).expanduser()
    what, agent = f"host {host.name}", os.environ.get("SSH_AUTH_SOCK")
    try:
        key = asyncssh.read_private_key(path)
        certificate = path.with_name(f"{path.name}-cert.pub")
        signed = [(key, asyncssh.read_certificate(certificate))] if certificate.exists() else []
    except FileNotFoundError as error:
        if agent:
            return [], agent
        raise Unreached(what, f"there is neither a key at {path} nor an SSH agent.", "Set the host's `key`.") from error
    except (asyncssh.KeyImportError, OSError) as error:
        why = f"the key at {path} cannot be used ({said(error)})."
        raise Unreached(
            what, why, "It must be readable and have no passphrase; or remove it and use an agent."
        ) from error
    return [*signed, key], None


def open_to_others(host: Host) -> bool:
    """Return True if other accounts of this machine can read the key to log in with.

    ssh itself would not use such a key.
    """
    try:
        return bool(Path(host.key).expanduser().stat().st_mode & 0o077)
    except OSError:
        return False  # an agent holds it


def public_half(host: Host) -> str:
    """The public key of the one to log in with: the file beside it, else what the private key tells.

    Raises `Unavailable` where neither can be read.
    """
    import asyncssh

    path = Path(host.key).expanduser()
    try:
        return path.with_name(f"{path.name}.pub").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        pass
    try:
        return asyncssh.read_private_key(path).export_public_key().decode()
    except (asyncssh.KeyImportError, OSError) as error:
        why = f"neither {path}.pub nor the key itself can be read ({said(error)})."
        raise Unavailable(f"host {host.name}", why, "Name the public key with --public-key FILE.") from error


def unreachable(host: Host, error: Exception, limit_s: float) -> Unreached:
    """Return the error to report when no connection came about."""
    import asyncssh

    what, where = f"host {host.name}", f"{host.user}@{host.address} port {host.port}"
    if isinstance(error, TimeoutError):
        return Unreached(what, f"{where} did not answer within {limit_s:g} s.", "Look at its network and sshd.")
    if isinstance(error, asyncssh.PermissionDenied):
        return Unreached(what, f"{where} refuses our key.", f"Add the public half of {host.key} to authorized_keys.")
    return Unreached(what, f"{where} cannot be reached ({said(error)}).", "Look at its network and sshd.")


def said(error: BaseException) -> str:
    """Return what an error says, cleaned; the name of its type if it says nothing."""
    return one_line(str(error), 200) or type(error).__name__
