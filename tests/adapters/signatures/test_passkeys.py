"""An answer of a passkey, written as an SSH signature: stock OpenSSH takes it, and we look at what OpenSSH does not."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from flightrules.adapters.signatures.passkeys import SignersPasskeys
from flightrules.adapters.signatures.signers import SignersFile
from flightrules.errors import Refused
from flightrules.state.signing.sshsig import read_signature, signed_bytes
from flightrules.state.signing.webauthn import passkey_of, written
from tests.adapters.signatures.made_passkeys import (
    DEVICE_BOUND,
    ORIGIN,
    RP_ID,
    SYNCED,
    UNVERIFIED,
    MadePasskey,
)
from tests.adapters.signatures.people import ssh_verify

MESSAGE = '{"decision":"approve","plan":"PLAN-000001"}'
CHALLENGE = signed_bytes(MESSAGE.encode())
NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
ADA = "ada@example.org"


@pytest.fixture
def passkey() -> MadePasskey:
    return MadePasskey()


@pytest.fixture
def signers(tmp_path: Path, passkey: MadePasskey) -> Path:
    path = tmp_path / "allowed_signers"
    path.write_text(passkey.line(ADA))
    return path


def passkeys(signers: Path) -> SignersPasskeys:
    return SignersPasskeys({"shop": SignersFile(str(signers))}, rp_id=RP_ID, origin=ORIGIN)


def armored(signers: Path, passkey: MadePasskey, *, flags: int = DEVICE_BOUND) -> str:
    return passkeys(signers).written(passkey.answer(CHALLENGE, flags=flags), CHALLENGE, at=NOW)


@pytest.mark.parametrize("flags", [DEVICE_BOUND, SYNCED])
def test_stock_openssh_verifies_what_a_passkey_signed(
    tmp_path: Path, signers: Path, passkey: MadePasskey, flags: int
) -> None:
    signature = armored(signers, passkey, flags=flags)
    assert ssh_verify(tmp_path, signers, ADA, MESSAGE, signature)
    assert not ssh_verify(tmp_path, signers, ADA, MESSAGE.replace("PLAN-000001", "PLAN-000002"), signature)


def test_our_reader_verifies_it_and_tells_touch_user_page_and_sync(signers: Path, passkey: MadePasskey) -> None:
    file = SignersFile(str(signers), origins=(ORIGIN,))
    signed = file.verify(MESSAGE, armored(signers, passkey, flags=SYNCED), at=NOW)
    assert (signed.principal, signed.touched, signed.user_verified) == (ADA, True, True)
    assert (signed.origin, signed.synced) == (ORIGIN, True)
    with pytest.raises(Refused, match="does not match"):
        file.verify(MESSAGE + " ", armored(signers, passkey), at=NOW)


def test_the_words_that_a_browser_adds_at_random_change_nothing(
    tmp_path: Path, signers: Path, passkey: MadePasskey
) -> None:
    answer = passkey.answer(CHALLENGE, other_keys_can_be_added_here="do not compare")
    signature = passkeys(signers).written(answer, CHALLENGE, at=NOW)
    assert ssh_verify(tmp_path, signers, ADA, MESSAGE, signature)
    assert SignersFile(str(signers), origins=(ORIGIN,)).verify(MESSAGE, signature, at=NOW).principal == ADA


def test_without_a_console_no_signature_of_a_browser_counts(signers: Path, passkey: MadePasskey) -> None:
    with pytest.raises(Refused, match="no console is configured"):
        SignersFile(str(signers)).verify(MESSAGE, armored(signers, passkey), at=NOW)


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"flags": UNVERIFIED}, "did not verify who used it"),
        ({"flags": 0x04}, "nobody was present"),
        ({"flags": 0x85}, "flags"),
        ({"flags": 0x45}, "carries a new key"),
        ({"origin": "http://localhost:8766"}, "is not the console"),
        ({"origin": "https://localhost:8765"}, "is not the console"),
        ({"crossOrigin": True}, "inside another page"),
        ({"crossOrigin": "no"}, "lack challenge or origin"),
        ({"type": "webauthn.create"}, "signs an answer"),
    ],
)
def test_what_openssh_does_not_look_at_is_refused(
    signers: Path, passkey: MadePasskey, told: dict[str, object], words: str
) -> None:
    flags = told.pop("flags", DEVICE_BOUND)
    origin = told.pop("origin", ORIGIN)
    assert isinstance(flags, int)
    assert isinstance(origin, str)
    with pytest.raises(Refused, match=words):
        passkeys(signers).written(passkey.answer(CHALLENGE, flags=flags, origin=origin, **told), CHALLENGE, at=NOW)


def test_an_answer_for_another_site_is_refused(signers: Path) -> None:
    other = MadePasskey("example.org")
    with pytest.raises(Refused, match="another site"):
        passkeys(signers).owner(other.answer(CHALLENGE), CHALLENGE, at=NOW)


def test_the_answer_to_another_challenge_is_refused(signers: Path, passkey: MadePasskey) -> None:
    with pytest.raises(Refused, match="does not match"):
        passkeys(signers).owner(passkey.answer(b"x" * 32), b"y" * 32, at=NOW)


def test_each_flag_and_word_is_covered_by_the_signature(signers: Path, passkey: MadePasskey) -> None:
    file = SignersFile(str(signers), origins=(ORIGIN,))
    read = read_signature(armored(signers, passkey))
    assert read.hardware is not None
    changed = read._replace(hardware=read.hardware._replace(flags=SYNCED))
    with pytest.raises(Refused, match="does not match"):
        file.verify(MESSAGE, written(changed), at=NOW)


def test_a_passkey_that_stands_nowhere_is_nobodys(signers: Path) -> None:
    with pytest.raises(Refused, match="not in any allowed_signers file"):
        passkeys(signers).owner(MadePasskey().answer(CHALLENGE), CHALLENGE, at=NOW)


def test_a_key_of_a_person_that_ended_is_no_passkey_of_theirs(
    tmp_path: Path, signers: Path, passkey: MadePasskey
) -> None:
    assert [one.name for one in passkeys(signers).of(ADA, "shop", at=NOW)] == [ADA]
    ended = passkey.line(f'{ADA} valid-before="20250101Z"')
    (tmp_path / "allowed_signers").write_text(ended)
    assert passkeys(signers).of(ADA, "shop", at=NOW) == ()
    with pytest.raises(Refused, match="not in any allowed_signers file"):
        passkeys(signers).owner(passkey.answer(CHALLENGE), CHALLENGE, at=NOW)


def test_a_key_that_is_not_es256_is_refused_in_words() -> None:
    with pytest.raises(Refused, match="needs ES256"):
        passkey_of(b"\x30" * 91, RP_ID)
