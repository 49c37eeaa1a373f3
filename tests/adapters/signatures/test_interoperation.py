"""Signatures go both ways between us and the real ssh-keygen, and what does not hold is refused with its reason."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import anyio
import pytest

from flightrules.adapters.signatures.signers import SignersFile
from flightrules.adapters.signatures.signing import agent_keys, key_in, public_of
from flightrules.errors import Refused, Unavailable
from flightrules.state.signing.sshsig import NAMESPACE, key_of_line, read_signature
from tests.adapters.signatures.people import (
    KINDS,
    SecurityKey,
    bytes_of,
    make_key,
    public_line,
    ssh_sign,
    ssh_verify,
    wrapped,
)

pytestmark = pytest.mark.anyio

NOW = datetime.now(UTC)
MESSAGE = '{"approver":"ada@example.org","decision":"approve","plan":"PLAN-4T9WZC","review":"Größe ✓"}'
SK_KINDS = ("sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com")


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a key of each kind."""
    folder = tmp_path_factory.mktemp("keys")
    for kind in KINDS:
        make_key(folder, kind)
    return folder


@pytest.fixture
def signers(tmp_path: Path, keys: Path) -> Path:
    """Each key belongs to a person named like it."""
    path = tmp_path / "allowed_signers"
    path.write_text("".join(f"{kind}@example.org {public_line(keys / kind)}\n" for kind in KINDS))
    return path


def refusal(signers: Path, message: str, signature: str, at: datetime = NOW) -> str:
    with pytest.raises(Refused) as no:
        SignersFile(str(signers)).verify(message, signature, at=at)
    assert no.value.remedy
    return no.value.reason


@pytest.mark.requirement("APP-ssh-keygen")
@pytest.mark.parametrize("kind", KINDS)
def test_we_accept_what_ssh_keygen_signed(keys: Path, signers: Path, kind: str) -> None:
    signed = SignersFile(str(signers)).verify(MESSAGE, ssh_sign(keys / kind, MESSAGE), at=NOW)
    assert signed.principal == f"{kind}@example.org"
    assert signed.fingerprint == key_of_line(public_line(keys / kind)).fingerprint
    assert signed.touched is None


@pytest.mark.requirement("APP-ssh-keygen")
@pytest.mark.parametrize("kind", ["ed25519", "rsa"])
def test_we_accept_a_hash_of_256_bits_too(keys: Path, signers: Path, kind: str) -> None:
    signature = ssh_sign(keys / kind, MESSAGE, options=("-O", "hashalg=sha256"))
    assert read_signature(signature).hash_name == "sha256"
    assert SignersFile(str(signers)).verify(MESSAGE, signature, at=NOW).kind


@pytest.mark.requirement("APP-ssh-keygen")
@pytest.mark.parametrize("kind", KINDS)
async def test_ssh_keygen_accepts_what_we_signed(keys: Path, signers: Path, kind: str, tmp_path: Path) -> None:
    signature = await key_in(keys / kind).sign(MESSAGE)
    assert SignersFile(str(signers)).verify(MESSAGE, signature, at=NOW).principal == f"{kind}@example.org"
    assert ssh_verify(tmp_path, signers, f"{kind}@example.org", MESSAGE, signature)
    assert not ssh_verify(tmp_path, signers, f"{kind}@example.org", MESSAGE + " ", signature)
    assert not ssh_verify(tmp_path, signers, f"{kind}@example.org", MESSAGE, signature, namespace="git")


@pytest.mark.requirement("APP-ssh-keygen", "APP-touch")
@pytest.mark.parametrize("kind", SK_KINDS)
@pytest.mark.parametrize(("flags", "touched", "verified"), [(0, False, False), (1, True, False), (5, True, True)])
def test_a_security_key_tells_touch_user_verification_and_counter(
    tmp_path: Path, kind: str, flags: int, *, touched: bool, verified: bool
) -> None:
    key, signers = SecurityKey(kind), tmp_path / "allowed_signers"
    signers.write_text(f"ada@example.org {key.line}\n")
    signature = key.sign(MESSAGE, flags=flags, counter=4711)
    signed = SignersFile(str(signers)).verify(MESSAGE, signature, at=NOW)
    assert (signed.touched, signed.user_verified, signed.counter) == (touched, verified, 4711)
    assert ssh_verify(tmp_path, signers, "ada@example.org", MESSAGE, signature)


@pytest.mark.requirement("APP-touch")
@pytest.mark.parametrize("kind", SK_KINDS)
def test_flags_that_the_security_key_did_not_sign_are_refused(tmp_path: Path, kind: str) -> None:
    key, signers = SecurityKey(kind), tmp_path / "allowed_signers"
    signers.write_text(f"ada@example.org {key.line}\n")
    forged = key.sign(MESSAGE, flags=0, claimed=5)
    assert "does not match" in refusal(signers, MESSAGE, forged)
    assert not ssh_verify(tmp_path, signers, "ada@example.org", MESSAGE, forged)


@pytest.mark.requirement("APP-bad-signature")
@pytest.mark.parametrize("kind", KINDS)
def test_another_message_is_refused(keys: Path, signers: Path, kind: str) -> None:
    signature = ssh_sign(keys / kind, MESSAGE)
    assert "does not match" in refusal(signers, MESSAGE.replace("4T9WZC", "XXXXXX"), signature)


@pytest.mark.requirement("APP-bad-signature")
def test_a_signature_for_another_purpose_is_refused(keys: Path, signers: Path) -> None:
    signature = ssh_sign(keys / "ed25519", MESSAGE, namespace="git")
    assert "made for git, not for approval@flightrules" in refusal(signers, MESSAGE, signature)


@pytest.mark.requirement("APP-bad-signature")
def test_a_purpose_swapped_after_signing_is_refused(keys: Path, signers: Path) -> None:
    other = NAMESPACE.replace("approval", "aPPROVAL")
    data = bytes_of(ssh_sign(keys / "ed25519", MESSAGE, namespace=other)).replace(other.encode(), NAMESPACE.encode())
    assert "does not match" in refusal(signers, MESSAGE, wrapped(data))


@pytest.mark.requirement("APP-bad-signature")
def test_a_key_swapped_after_signing_is_refused(keys: Path, signers: Path, tmp_path: Path) -> None:
    mallory = make_key(tmp_path, "ed25519", "mallory")
    theirs, ours = (key_of_line(public_line(path)).blob for path in (mallory, keys / "ed25519"))
    data = bytes_of(ssh_sign(mallory, MESSAGE)).replace(theirs, ours)
    assert "does not match" in refusal(signers, MESSAGE, wrapped(data))


@pytest.mark.requirement("APP-unknown-signer")
def test_an_unknown_key_is_refused_by_its_fingerprint(signers: Path, tmp_path: Path) -> None:
    mallory = make_key(tmp_path, "ed25519", "mallory")
    reason = refusal(signers, MESSAGE, ssh_sign(mallory, MESSAGE))
    assert key_of_line(public_line(mallory)).fingerprint in reason
    assert "is not in allowed_signers" in reason


@pytest.mark.requirement("APP-unknown-signer")
@pytest.mark.parametrize(
    ("options", "said"),
    [
        ('valid-before="20200101Z"', "could sign until 2020-01-01"),
        ('valid-after="20990101Z"', "may sign from 2099-01-01"),
        ('namespaces="git,file"', "allows git, file only"),
        ("cert-authority", "cert-authority is not supported"),
        ('namespaces="approval@flightrules",valid-before="2020010112Z"', "is not a time"),
        ('verify-required="yes"', "is unknown, repeated"),
    ],
)
def test_a_line_that_does_not_let_the_key_approve_is_refused_with_what_it_says(
    keys: Path, tmp_path: Path, options: str, said: str
) -> None:
    signers = tmp_path / "allowed_signers"
    signers.write_text(f"ada@example.org {options} {public_line(keys / 'ed25519')}\n")
    assert said in refusal(signers, MESSAGE, ssh_sign(keys / "ed25519", MESSAGE))


@pytest.mark.parametrize(
    "options",
    [
        'namespaces="approval@*"',
        'namespaces="git,approval@flightrules" ',
        'valid-after="20200101",valid-before="20990101000000Z"',
        'NAMESPACES="approval@flightrules",Valid-After="202001010000"',
    ],
)
def test_what_lines_allow_is_read_as_ssh_keygen_reads_it(keys: Path, tmp_path: Path, options: str) -> None:
    signers = tmp_path / "allowed_signers"
    signers.write_text(f"# people\n\nada@example.org {options} {public_line(keys / 'ed25519')} laptop\n")
    signature = ssh_sign(keys / "ed25519", MESSAGE)
    assert SignersFile(str(signers)).verify(MESSAGE, signature, at=NOW).principal == "ada@example.org"
    assert ssh_verify(tmp_path, signers, "ada@example.org", MESSAGE, signature)


@pytest.mark.requirement("APP-unknown-signer")
def test_a_signer_who_left_the_file_signs_no_more(keys: Path, signers: Path) -> None:
    file, signature = SignersFile(str(signers)), ssh_sign(keys / "ed25519", MESSAGE)
    assert file.verify(MESSAGE, signature, at=NOW).principal == "ed25519@example.org"
    signers.write_text("")
    with pytest.raises(Refused, match="is not in allowed_signers"):
        file.verify(MESSAGE, signature, at=NOW)


def test_a_signer_expires_at_the_moment_the_line_says(keys: Path, tmp_path: Path) -> None:
    signers = tmp_path / "allowed_signers"
    signers.write_text(f'ada@example.org valid-before="20300101Z" {public_line(keys / "ed25519")}\n')
    signature, end = ssh_sign(keys / "ed25519", MESSAGE), datetime(2030, 1, 1, tzinfo=UTC)
    last = SignersFile(str(signers)).verify(MESSAGE, signature, at=end - timedelta(seconds=1))
    assert last.principal == "ada@example.org"
    assert "could sign until 2030-01-01" in refusal(signers, MESSAGE, signature, end)


@pytest.mark.requirement("APP-unknown-signer")
def test_without_a_file_nobody_signs_and_a_file_anybody_may_write_proves_nothing(keys: Path, signers: Path) -> None:
    signature = ssh_sign(keys / "ed25519", MESSAGE)
    with pytest.raises(Refused, match="No file of signers is set"):
        SignersFile("").verify(MESSAGE, signature, at=NOW)
    with pytest.raises(Unavailable, match="it is not there"):
        SignersFile(str(signers) + ".gone").verify(MESSAGE, signature, at=NOW)
    signers.chmod(0o646)
    with pytest.raises(Refused, match="Anybody may write"):
        SignersFile(str(signers)).verify(MESSAGE, signature, at=NOW)


def test_rsa_keys_too_small_to_prove_anything_are_refused(tmp_path: Path) -> None:
    path, signers = tmp_path / "small", tmp_path / "allowed_signers"
    subprocess.run(["ssh-keygen", "-q", "-t", "rsa", "-b", "1024", "-N", "", "-f", path], check=True)
    signers.write_text(f"ada@example.org {public_line(path)}\n")
    assert "1024 bits is not accepted" in refusal(signers, MESSAGE, ssh_sign(path, MESSAGE))


def test_a_signature_by_a_certificate_is_refused_with_what_to_use_instead(keys: Path, tmp_path: Path) -> None:
    mine = make_key(tmp_path, "ed25519", "mine")
    signers = tmp_path / "allowed_signers"
    signers.write_text(f"ada@example.org cert-authority {public_line(keys / 'ed25519')}\n")
    done = subprocess.run(["ssh-keygen", "-q", "-s", keys / "ed25519", "-I", "ada", f"{mine}.pub"], check=False)
    assert done.returncode == 0
    signature = ssh_sign(Path(f"{mine}-cert.pub"), MESSAGE)
    assert "certificates are not supported: use the plain key" in refusal(signers, MESSAGE, signature)


async def test_a_key_with_a_passphrase_is_left_to_ssh_keygen_which_asks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, signers = make_key(tmp_path, "ed25519", "mine", passphrase="open sesame"), tmp_path / "allowed_signers"
    signers.write_text(f"ada@example.org {public_line(path)}\n")
    asker = tmp_path / "asker"
    asker.write_text("#!/bin/sh\necho 'open sesame'\n")
    asker.chmod(0o700)
    monkeypatch.setenv("SSH_ASKPASS", str(asker))
    monkeypatch.setenv("SSH_ASKPASS_REQUIRE", "force")
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    key = key_in(path)
    assert key.guarded == "The key file has a passphrase."
    signature = await key.sign(MESSAGE)
    assert SignersFile(str(signers)).verify(MESSAGE, signature, at=NOW).principal == "ada@example.org"
    asker.write_text("#!/bin/sh\necho wrong\n")
    with pytest.raises(Unavailable, match="did not sign"):
        await key.sign(MESSAGE)


def test_a_passphrase_is_told_of_only_where_there_is_one(tmp_path: Path) -> None:
    openssh = make_key(tmp_path, "ed25519")
    assert "no passphrase" in key_in(openssh).guarded
    assert "every program of this account" in key_in(Path(f"{openssh}.pub")).guarded, "whoever has the other half"
    for name, word, told in (("plain", "", "has no passphrase"), ("locked", "open sesame", "has a passphrase")):
        pem = tmp_path / name
        subprocess.run(["ssh-keygen", "-q", "-t", "rsa", "-m", "PEM", "-N", word, "-f", pem], check=True)
        assert told in key_in(pem).guarded


def test_a_file_that_holds_no_public_key_is_told_by_its_name(tmp_path: Path) -> None:
    private = make_key(tmp_path, "ed25519")
    with pytest.raises(Refused, match=r"does not hold a public key.*\.pub file") as no:
        public_of(private)
    assert (no.value.code, str(private) in no.value.reason) == ("no_public_key", True)


def test_a_key_file_that_others_can_read_or_that_is_none_is_refused(keys: Path, tmp_path: Path) -> None:
    path = make_key(tmp_path, "ed25519")
    path.chmod(0o644)
    with pytest.raises(Refused, match=r"chmod 600"):
        key_in(path)
    with pytest.raises(Unavailable, match="cannot be read"):
        key_in(tmp_path / "missing")
    (tmp_path / "junk").write_text("-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n")
    (tmp_path / "junk").chmod(0o600)
    with pytest.raises(Unavailable, match="damaged"):
        key_in(tmp_path / "junk")
    with pytest.raises(Refused, match="not hold a public key"):
        key_in(_file(tmp_path, "hello"))
    assert key_in(keys / "ed25519").public.kind == "ssh-ed25519"


def _file(folder: Path, text: str) -> Path:
    path = folder / "other"
    path.write_text(text)
    return path


@pytest.fixture
def agent(tmp_path: Path, keys: Path) -> Iterator[str]:
    """A real ssh-agent of this test's own, with a key of each kind."""
    socket = str(tmp_path / "agent")
    process = subprocess.Popen(["ssh-agent", "-D", "-a", socket], stdout=subprocess.DEVNULL)
    try:
        for kind in KINDS:
            command = ["ssh-add", "-q", str(keys / kind)]
            for _ in range(50):
                if subprocess.run(command, env={**os.environ, "SSH_AUTH_SOCK": socket}, check=False).returncode == 0:
                    break
        yield socket
    finally:
        process.terminate()
        process.wait(10)


@pytest.mark.requirement("APP-ssh-keygen")
async def test_keys_behind_an_agent_sign_and_ssh_keygen_accepts_them(agent: str, signers: Path, tmp_path: Path) -> None:
    keys = await agent_keys(agent)
    assert len(keys) == len(KINDS)
    for key in keys:
        signature = await key.sign(MESSAGE)
        signed = SignersFile(str(signers)).verify(MESSAGE, signature, at=NOW)
        assert ssh_verify(tmp_path, signers, signed.principal, MESSAGE, signature)


async def test_an_agent_that_is_not_there_or_does_not_sign_is_told(agent: str) -> None:
    with pytest.raises(Unavailable, match="SSH_AUTH_SOCK is not set"):
        await agent_keys("")
    with pytest.raises(Unavailable, match="does not answer"):
        await agent_keys(f"{agent}.gone")
    known = await agent_keys(agent)
    await anyio.run_process(["ssh-add", "-q", "-D"], env={**os.environ, "SSH_AUTH_SOCK": agent})
    with pytest.raises(Unavailable, match="it did not sign"):
        await known[0].sign(MESSAGE)


def test_a_signer_is_added_once_and_for_approvals_only(keys: Path, tmp_path: Path) -> None:
    path = tmp_path / "etc" / "allowed_signers"
    file, key = SignersFile(str(path)), key_of_line(public_line(keys / "ed25519"))
    line = file.add("ada@example.org", key, valid_before="20991231Z")
    assert path.read_text() == line + "\n"
    assert 'namespaces="approval@flightrules"' in line
    signature = ssh_sign(keys / "ed25519", MESSAGE)
    assert file.verify(MESSAGE, signature, at=NOW).principal == "ada@example.org"
    assert ssh_verify(tmp_path, path, "ada@example.org", MESSAGE, signature)
    with pytest.raises(Refused, match=r"is in .* already"):
        file.add("bob@example.org", key)
    for name in ("", "*", "a b", "ada,bob", 'ada"', "!ada", "ada\nbob"):
        with pytest.raises(Refused):
            file.add(name, key_of_line(public_line(keys / "rsa")))
    path.write_text(path.read_text().rstrip())
    file.add("bob@example.org", key_of_line(public_line(keys / "rsa")))
    assert [signer.principal for signer in file.read().signers] == ["ada@example.org", "bob@example.org"]
