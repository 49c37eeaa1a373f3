from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flightrules.errors import Refused
from flightrules.state.signing.signers import read_signers
from flightrules.state.signing.sshsig import (
    BEGIN,
    END,
    LONGEST,
    NAMESPACE,
    PublicKey,
    armored,
    key_of_line,
    line_of_key,
    read_key,
    read_signature,
    signed_bytes,
    string,
)

KEY = PublicKey("ssh-ed25519", string(b"ssh-ed25519") + string(bytes(32)))
HARDWARE = PublicKey("sk-ssh-ed25519@openssh.com", string(b"sk-ssh-ed25519@openssh.com") + string(bytes(32)) * 2)
RAW = string(b"ssh-ed25519") + string(bytes(64))
RAW_HARDWARE = string(b"sk-ssh-ed25519@openssh.com") + string(bytes(64)) + b"\x05" + (9).to_bytes(4, "big")
GOOD = armored(KEY, RAW)
BYTES = base64.b64decode("".join(GOOD.split("\n")[1:-2]))


def wrapped(data: bytes) -> str:
    return f"{BEGIN}\n{base64.b64encode(data).decode()}\n{END}\n"


def reason(text: str) -> str:
    with pytest.raises(Refused) as no:
        read_signature(text)
    assert no.value.code == "bad_signature"
    assert no.value.reason.endswith(".")
    return no.value.reason


def utc(naive: datetime) -> datetime:
    return naive.replace(tzinfo=UTC)


def test_a_signature_is_read_as_it_was_written() -> None:
    read = read_signature(GOOD)
    assert (read.key, read.namespace, read.hash_name, read.algorithm) == (KEY, NAMESPACE, "sha512", "ssh-ed25519")
    assert read.raw == bytes(64)
    assert read.hardware is None
    assert all(len(line) <= 70 for line in GOOD.splitlines())


def test_what_a_security_key_says_is_read() -> None:
    hardware = read_signature(armored(HARDWARE, RAW_HARDWARE)).hardware
    assert hardware is not None
    assert (hardware.touched, hardware.verified, hardware.counter) == (True, True, 9)


def test_lines_may_end_as_on_windows_and_stand_between_blank_ones() -> None:
    assert read_signature("\n" + GOOD.replace("\n", "\r\n") + "\n\n") == read_signature(GOOD)


def test_a_key_never_signs_the_message_itself() -> None:
    assert b"hello" not in signed_bytes(b"hello")
    assert signed_bytes(b"hello").startswith(b"SSHSIG")
    assert signed_bytes(b"hello") != signed_bytes(b"hello", namespace="git")


@pytest.mark.requirement("APP-bad-signature")
@pytest.mark.parametrize("length", range(0, len(BYTES), 3))
def test_a_signature_cut_off_anywhere_is_refused(length: int) -> None:
    assert reason(wrapped(BYTES[:length]))


@pytest.mark.requirement("APP-bad-signature")
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "does not begin with"),
        ("hello", "does not begin with"),
        (BEGIN, "does not end with"),
        (GOOD.replace(END, ""), "does not end with"),
        (f"{BEGIN}\n!!!\n{END}", "is not base64"),
        (f"{BEGIN}\n{END}", "cut off"),
        (GOOD + "x" * LONGEST, "more than any signature"),
        (wrapped(b"PGPSIG" + BYTES[6:]), "not an SSH signature"),
        (wrapped(BYTES[:9] + b"\x02" + BYTES[10:]), "version is 2"),
        (wrapped(BYTES + b"\0"), "1 bytes follow"),
        (armored(KEY, RAW + b"\1"), "1 bytes follow"),
        (armored(KEY, RAW, namespace="file"), "made for file"),
        (armored(KEY, RAW, namespace=""), "made for no purpose"),
        (armored(KEY, RAW, namespace="a\x1b[31m"), "cannot be printed"),
        (armored(KEY, RAW, hash_name="sha1"), "hashes with sha1"),
        (armored(KEY, string(b"ssh-rsa") + string(b"x")), "signed with ssh-rsa"),
        (armored(KEY, string(b"ssh-ed25519")), "cut off"),
        (armored(KEY, b""), "cut off"),
        (armored(HARDWARE, RAW_HARDWARE[:-1]), "cut off"),
        (armored(HARDWARE, RAW), "signed with ssh-ed25519"),
        (armored(PublicKey("ssh-dss", string(b"ssh-dss")), RAW), "kind ssh-dss are not supported"),
        (armored(PublicKey("", b""), RAW), "cut off"),
        (armored(PublicKey("", string(b"ssh-ed25519-cert-v01@openssh.com")), RAW), "certificates are not supported"),
        (armored(PublicKey("", string(b"webauthn-sk-ecdsa-sha2-nistp256@openssh.com")), RAW), "not supported"),
    ],
)
def test_what_is_wrong_with_a_signature_is_said(text: str, said: str) -> None:
    assert said in reason(text)


@given(st.text(max_size=400))
def test_any_text_is_refused_and_nothing_else_happens(text: str) -> None:
    assert reason(text)


@given(st.binary(max_size=400))
def test_any_bytes_are_refused_and_nothing_else_happens(data: bytes) -> None:
    assert reason(wrapped(data))
    assert reason(wrapped(BYTES[:10] + data))


@given(place=st.integers(0, len(BYTES) - 1), byte=st.integers(0, 255))
def test_a_changed_byte_never_reads_as_the_same_signature(place: int, byte: int) -> None:
    changed = BYTES[:place] + bytes([byte]) + BYTES[place + 1 :]
    try:
        read = read_signature(wrapped(changed))
    except Refused as no:
        assert no.remedy  # noqa: PT017 - most changes are refused, and the others must differ
        return
    reserved = BYTES[:-83].rfind(NAMESPACE.encode()) + len(NAMESPACE)
    assert changed == BYTES or read != read_signature(GOOD) or reserved <= place < reserved + 4


@given(st.binary(max_size=200))
def test_any_bytes_as_a_key_are_refused(data: bytes) -> None:
    with pytest.raises(Refused):
        read_key(data)


def test_a_public_key_is_read_from_its_line_and_written_back() -> None:
    assert key_of_line(f"{line_of_key(KEY)} ada@laptop") == KEY
    assert KEY.fingerprint.startswith("SHA256:")
    assert not KEY.fingerprint.endswith("=")
    with pytest.raises(Refused, match="says ssh-rsa and holds a key of kind ssh-ed25519"):
        key_of_line(line_of_key(KEY).replace("ssh-ed25519", "ssh-rsa", 1))


@pytest.mark.requirement("APP-unknown-signer")
@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("ada", "does not begin with a name"),
        ("ada hello", "not a public key"),
        (f"* {line_of_key(KEY)}", "names a pattern"),
        (f"*@example.org {line_of_key(KEY)}", "names a pattern"),
        (f"!ada {line_of_key(KEY)}", "names a pattern"),
        (f"ada, {line_of_key(KEY)}", "names a pattern"),
        (f"ada cert-authority {line_of_key(KEY)}", "cert-authority is not supported"),
        (f'ada cert-authority,namespaces="git" {line_of_key(KEY)}', "cert-authority is not supported"),
        (f'ada namespaces="!approval@flightrules,*" {line_of_key(KEY)}', "exclude with !"),
        (f'ada valid-before="soon" {line_of_key(KEY)}', "is not a time"),
        (f'ada valid-before="20261301" {line_of_key(KEY)}', "is not a time"),
        (f'ada valid-before="20260101",valid-before="20990101" {line_of_key(KEY)}', "unknown, repeated"),
        (f"ada valid-before=20260101 {line_of_key(KEY)}", "cannot be read"),
        (f'ada no-touch-required="yes" {line_of_key(KEY)}', "is unknown, repeated"),
        ("ada ssh-ed25519 AAAA", "cut off"),
        ("ada ssh-ed25519 A", "not base64"),
    ],
)
def test_a_line_that_cannot_be_read_counts_for_nobody_and_says_why(line: str, said: str) -> None:
    read = read_signers(f"# people\n{line}\n", utc)
    assert not read.signers
    assert [item.line for item in read.unread] == [2]
    assert said in read.unread[0].why
    with pytest.raises(Refused, match="does not count"):
        read.named(KEY, at=datetime(2026, 1, 5, tzinfo=UTC))


@pytest.mark.parametrize("char", ["\u2028", "\x85", "\x0c", "\x1e"])
def test_what_stands_in_a_comment_signs_for_nobody_as_with_ssh_keygen(char: str) -> None:
    read = read_signers(f"# ada has left{char}mallory {line_of_key(KEY)}\n", utc)
    assert read.signers == ()


def test_one_bad_line_takes_nobody_elses_right() -> None:
    read = read_signers(f'broken\n"ada lovelace,ada" {line_of_key(KEY)} her laptop\n', utc)
    signer = read.named(KEY, at=datetime(2026, 1, 5, tzinfo=UTC))
    assert signer.names == ("ada lovelace", "ada")
    assert signer.line == 2


@pytest.mark.requirement("APP-unknown-signer")
def test_a_key_speaks_for_its_own_person_only() -> None:
    read = read_signers(f"ada@example.org {line_of_key(KEY)}\n", utc)
    now = datetime(2026, 1, 5, tzinfo=UTC)
    assert read.named(KEY, at=now, principal="ada@example.org").principal == "ada@example.org"
    with pytest.raises(Refused, match=r"is that of ada@example\.org, not of bob@example\.org"):
        read.named(KEY, at=now, principal="bob@example.org")


@given(st.text(max_size=300))
def test_any_file_of_signers_is_read_or_told(text: str) -> None:
    read = read_signers(text, utc)
    assert all(item.why for item in read.unread)
    assert all(signer.principal for signer in read.signers)
