"""Keys as people have them, made by the real ssh-keygen, and security keys made by hand. Not collected as tests."""

from __future__ import annotations

import base64
import hashlib
import subprocess
from pathlib import Path

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from flightrules.state.signing.sshsig import NAMESPACE, PublicKey, armored, line_of_key, signed_bytes, string

KINDS = {
    "ed25519": ("-t", "ed25519"),
    "ecdsa256": ("-t", "ecdsa", "-b", "256"),
    "ecdsa384": ("-t", "ecdsa", "-b", "384"),
    "ecdsa521": ("-t", "ecdsa", "-b", "521"),
    "rsa": ("-t", "rsa", "-b", "2048"),
}


def keygen(*words: object, given: str = "") -> subprocess.CompletedProcess[str]:
    """Run ssh-keygen to its end."""
    command = ["ssh-keygen", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, input=given)


def make_key(folder: Path, kind: str, name: str = "", passphrase: str = "") -> Path:
    """A key pair in two files; gives the private one."""
    path = folder / (name or kind)
    done = keygen("-q", *KINDS[kind], "-N", passphrase, "-C", "", "-f", path)
    assert done.returncode == 0, done.stderr
    return path


def public_line(path: Path) -> str:
    """The public half of a key as a line."""
    return Path(f"{path}.pub").read_text().strip()


def ssh_sign(path: Path, message: str, *, namespace: str = NAMESPACE, options: tuple[str, ...] = ()) -> str:
    """Sign as a person does without us."""
    done = keygen("-q", "-Y", "sign", "-n", namespace, "-f", path, *options, given=message)
    assert done.returncode == 0, done.stderr
    return done.stdout


def ssh_verify(  # noqa: PLR0913 - ssh-keygen wants just these
    folder: Path, signers: Path, principal: str, message: str, signature: str, *, namespace: str = NAMESPACE
) -> bool:
    """Verify as anybody does without us."""
    kept = folder / "kept.sig"
    kept.write_text(signature)
    words = ("-Y", "verify", "-f", signers, "-I", principal, "-n", namespace, "-s", kept)
    return keygen(*words, given=message).returncode == 0


class SecurityKey:
    """A security key made by hand: what it signs, and its flags, are as FIDO says."""

    def __init__(self, kind: str = "sk-ssh-ed25519@openssh.com", application: str = "ssh:") -> None:
        self.kind, self.application = kind, application.encode()
        self.ed25519 = Ed25519PrivateKey.generate()
        self.ecdsa = ec.generate_private_key(ec.SECP256R1())
        self.public = PublicKey(kind, string(kind.encode()) + self._point() + string(self.application))

    def _point(self) -> bytes:
        raw, uncompressed = serialization.PublicFormat.Raw, serialization.PublicFormat.UncompressedPoint
        if "ed25519" in self.kind:
            return string(self.ed25519.public_key().public_bytes(serialization.Encoding.Raw, raw))
        point = self.ecdsa.public_key().public_bytes(serialization.Encoding.X962, uncompressed)
        return string(b"nistp256") + string(point)

    @property
    def line(self) -> str:
        return line_of_key(self.public)

    def sign(self, message: str, *, flags: int = 1, counter: int = 7, claimed: int | None = None) -> str:
        """An armored signature; `claimed` are flags that it shows without having signed them."""
        inner = hashlib.sha256(signed_bytes(message.encode())).digest()
        said = bytes([flags]) + counter.to_bytes(4, "big")
        data = hashlib.sha256(self.application).digest() + said + inner
        if "ed25519" in self.kind:
            body = self.ed25519.sign(data)
        else:
            numbers = utils.decode_dss_signature(self.ecdsa.sign(data, ec.ECDSA(hashes.SHA256())))
            body = b"".join(string(integer(number)) for number in numbers)
        shown = bytes([flags if claimed is None else claimed]) + counter.to_bytes(4, "big")
        return armored(self.public, string(self.kind.encode()) + string(body) + shown)


def integer(number: int) -> bytes:
    """A number as SSH writes it: with a zero before it where its first bit is set."""
    return number.to_bytes(number.bit_length() // 8 + 1, "big")


def bytes_of(signature: str) -> bytes:
    """Return the bytes that are encoded between the first and the last line."""
    return base64.b64decode("".join(signature.split("\n")[1:-2]))


def wrapped(data: bytes) -> str:
    """Bytes between a first and a last line."""
    text = base64.b64encode(data).decode()
    return f"-----BEGIN SSH SIGNATURE-----\n{text}\n-----END SSH SIGNATURE-----\n"
