"""Forms in which secrets stand in logs, settings, URLs and messages.

Each is (name, text, needles that must not survive a redaction).

All are made up; they are put together at run time so that no scanner takes this file for a leak.
"""

from __future__ import annotations

import base64
import json

R = "q7Zt4Kd9Lm2Xw8Vb"


def rnd(n: int, alpha: str = "aB3dE6fG9hJ2kL5mN8pQ1rS4tU7vW0xYz") -> str:
    """So many characters that look random."""
    return (alpha * 9)[:n]


PEMBODY = "\n".join(
    [
        "MIIEowIBAAKCAQEA" + rnd(48),
        rnd(64, "Zx9Cv8Bn7Mq6We5Rt4Yu3Io2Pa1SdFgHjKl"),
        rnd(40, "Qa1Ws2Ed3Rf4Tg5Yh6Uj7Ik8Ol9P"),
    ]
)
PEM = "-----BEGIN RSA PRI" + "VATE KEY-----\n" + PEMBODY + "\n-----END RSA PRI" + "VATE KEY-----"
OPENSSH = (
    "-----BEGIN OPENSSH PRI"
    "VATE KEY-----\n"
    "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQ"
    + rnd(40)
    + "\n"
    + rnd(64, "Mn8Bv7Cx6Zl5Kj4Hg3Fd2Sa1")
    + "\n-----END OPENSSH PRI"
    + "VATE KEY-----"
)
FORMS: list[tuple[str, str, list[str]]] = [
    ("aws access key id", "using AKIA" + "IOSFODNN7EXAMPLQ now", ["AKIA" + "IOSFODNN7EXAMPLQ"]),
    ("aws session token", "AWS_SESSION_TOKEN=IQoJb3JpZ2luX2VjE" + rnd(60), [rnd(40)]),
    (
        "gcp service account json",
        json.dumps({"type": "service_account", "private_key_id": rnd(20), "private_key": PEM}),
        [PEMBODY.split("\n")[1]],
    ),
    ("azure SAS", "https://x.blob.core.windows.net/c/b?sv=2022&sr=b&sig=" + rnd(43) + "%3D", [rnd(43)]),
    ("jwt", "eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiIxMjM0NTY3ODkwIn0." + rnd(43), [rnd(43)]),
    ("github fine grained", "github_pat_" + rnd(60), [rnd(60)]),
    ("slack bot token", "xoxb-" + "123456789012-123456789012-" + rnd(24), [rnd(24)]),
    ("stripe live", "sk_live_" + rnd(24), [rnd(24)]),
    ("openai", "sk-" + rnd(48), [rnd(48)]),
    ("anthropic", "sk-ant-api03-" + rnd(60), [rnd(60)]),
    ("pypi", "pypi-AgEIcHlwaS5vcmc" + rnd(60), [rnd(60)]),
    ("twilio auth token", "TWILIO_AUTH_TOKEN=" + "0123456789abcdef0123456789abcdef", ["0123456789abcdef0123"]),
    ("telegram bot", "bot token 110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1", ["AAHdqTcvCH1vGWJx"]),
    ("hashicorp vault", "VAULT: hvs." + rnd(90), [rnd(60)]),
    ("age secret key", "AGE-SECRET-KEY-1" + "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L" * 2, ["QPZRY9X8GF2TVDW0"]),
    ("postgres url with @ in password", "postgres://app:s3c@r3tPw9@db:5432/x", ["r3tPw9"]),
    ("redis url no user", "redis://:s3cr3tPw9@cache:6379/0", ["s3cr3tPw9"]),
    ("https token as user", "https://s3cr3tTokenPw9xyz@git.example/x.git", ["s3cr3tTokenPw9xyz"]),
    ("dsn keyword", "host=db user=a password=s3cr3tPw9 dbname=x", ["s3cr3tPw9"]),
    ("mssql Pwd", "Server=db;Uid=sa;Pwd=s3cr3tPw9;", ["s3cr3tPw9"]),
    ("MYSQL_PWD env", "MYSQL_PWD=s3cr3tPw9", ["s3cr3tPw9"]),
    ("json pass", '{"user":"a","pass":"s3cr3tPw9"}', ["s3cr3tPw9"]),
    ("json password escaped", '{"m":"{\\"password\\":\\"s3cr3tPw9\\"}"}', ["s3cr3tPw9"]),
    ("yaml password", "password: s3cr3tPw9", ["s3cr3tPw9"]),
    ("yaml next line", "password:\n    s3cr3tPw9", ["s3cr3tPw9"]),
    ("password with & in query value enc", "https://x/?password=s3%26cr3tPw9", ["cr3tPw9"]),
    ("password with semicolon", "password=s3cr;3tPw9", ["3tPw9"]),
    ("cli flag space", "mysql --user a --password s3cr3tPw9 db", ["s3cr3tPw9"]),
    ("curl -u", "curl -u admin:s3cr3tPw9 https://x/", ["s3cr3tPw9"]),
    ("authorization basic", "Authorization: Basic YWRtaW46czNjcjN0UHc5", ["YWRtaW46czNjcjN0UHc5"]),
    ("authorization token", "Authorization: Token opaque9Tok3nValue", ["opaque9Tok3nValue"]),
    ("authorization raw", "Authorization: opaque9Tok3nValue", ["opaque9Tok3nValue"]),
    (
        "digest auth response",
        'Authorization: Digest username="a", response="6629fae49393a05397450978507c4ef1"',
        ["6629fae49393a053"],
    ),
    ("x-auth", "X-Auth: opaque9Tok3nValue", ["opaque9Tok3nValue"]),
    ("set-cookie json", '{"set-cookie":["sid=opaque9Tok3nValue; Path=/"]}', ["opaque9Tok3nValue"]),
    ("pem rsa multi line", PEM, PEMBODY.split("\n")),
    (
        "pem with docker timestamps",
        "\n".join(f"2026-11-29T10:00:00.{i:09d}Z {line}" for i, line in enumerate(PEM.split("\n"))),
        PEMBODY.split("\n"),
    ),
    ("pem one line \\n", PEM.replace("\n", "\\n"), PEMBODY.split("\n")),
    (
        "pem with headers",
        PEM.replace("KEY-----\n", "KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,AAAA\n\n", 1),
        PEMBODY.split("\n"),
    ),
    ("base64 of pem", base64.b64encode(PEM.encode()).decode(), [base64.b64encode(PEM.encode()).decode()[60:100]]),
    (
        "base64 of jwt",
        base64.b64encode(("eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiIxMjM0NTY3ODkwIn0." + rnd(43)).encode()).decode(),
        [base64.b64encode(("eyJhbGciOiJIUzI1NiJ9." + "eyJzdWIiOiIxMjM0NTY3ODkwIn0." + rnd(43)).encode()).decode()[:40]],
    ),
    ("docker config auth", '{"auths":{"r.example":{"auth":"YWRtaW46czNjcjN0UHc5"}}}', ["YWRtaW46czNjcjN0UHc5"]),
    ("pgpass", "db:5432:x:app:s3cr3tPw9", ["s3cr3tPw9"]),
    ("shadow", "root:$6$saltsalt$" + rnd(86) + ":19000:0:99999:7:::", [rnd(60)]),
    ("prose colon after words", "login failed, password was: s3cr3tPw9", ["s3cr3tPw9"]),
    ("ruby hash", ':password=>"s3cr3tPw9"', ["s3cr3tPw9"]),
    ("java toString", "Cfg[user=a, password=s3cr3tPw9]", ["s3cr3tPw9"]),
    ("ansi inside name", "pass\x1b[0mword=s3cr3tPw9", ["s3cr3tPw9"]),
    ("german Passwort", "Passwort: s3cr3tPw9", ["s3cr3tPw9"]),
    ("SECRET_KEY_BASE", "SECRET_KEY_BASE=" + "0123456789abcdef" * 8, ["0123456789abcdef" * 8]),
    ("api key uuid", "API_KEY=550e8400-e29b-41d4-a716-446655440000", ["550e8400-e29b-41d4-a716-446655440000"]),
    (
        "signed url amz",
        "https://b.s3.amazonaws.com/k?X-Amz-Credential=AKIDX&X-Amz-Signature=" + "fe5f80f77d5fa3be" * 4,
        ["fe5f80f77d5fa3be" * 4],
    ),
    ("credit card", "card 4111 1111 1111 1111", ["4111 1111 1111 1111"]),
]
