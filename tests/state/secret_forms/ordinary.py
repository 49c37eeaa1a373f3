"""Ordinary lines of logs that hold no secret, in which nothing may be masked: the count of false alarms.

Written before the rules were tried on it. Many lines look like secrets or speak of them: ids, digests, commits, paths,
counts of tokens, words about passwords.
"""

# ruff: noqa: E501 - a form stands on one line

from __future__ import annotations

import base64
from collections.abc import Callable
from random import Random

HEX = "0123456789abcdef"
ALPHANUMERIC = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
WORDS = (
    *("order", "cart", "user", "invoice", "stock", "search", "avatar", "mailer", "report", "worker", "queue", "cache"),
    *("billing", "session", "catalogue", "payment", "shipping", "export", "import", "index", "scheduler", "gateway"),
)
FIRST = ("ann", "bob", "carol", "dave", "erin", "frank", "grace", "heidi")

LINES = (
    # web servers and gateways
    '{ip} - - [29/Nov/2026:10:{m}:{s} +0000] "GET /{w}/{n}?page={d}&sort=-created HTTP/1.1" 200 {n} "-" "Mozilla/5.0"',
    '{ip} - {who} [29/Nov/2026:10:{m}:{s} +0000] "POST /api/v1/{w} HTTP/2.0" 502 157 "https://shop.example/{w}" "curl/8.5.0"',
    "{t} [error] 31#31: *{n} connect() failed (111: Connection refused) while connecting to upstream, client: {ip}",
    "{t} level=info method=GET path=/{w}/{uuid} status=200 duration={d}ms request_id={uuid}",
    '{{"time":"{t}","level":"INFO","route":"/{w}","trace_id":"{h32}","span_id":"{h16}","status":200,"bytes":{n}}}',
    '{{"time":"{t}","level":"WARN","msg":"slow query","ms":{n},"table":"{w}s","rows":{d},"request":"{uuid}"}}',
    # containers, git, builds
    "{t} Pulling image registry.example/acme/{w}:{h40}",
    "{t} {w} Pulled sha256:{h64}",
    "{t} container {h12} exited (137) after {d}m; restarting",
    "{t} HEAD is now at {h12} Merge branch 'feature/{w}-{d}'",
    "{t} commit {h40} author={who} <{who}@shop.example> key={w}:{n}",
    "{t} layer {h64} already exists, size={n}",
    "{t} Created deployment/{w}-{b10}-{b5} in namespace shop",
    '{t} etag: W/"{h40}" cache=HIT age={d}',
    "{t} integrity sha512-{b86}== {w}@{d}.{d}.{d}",
    # words about secrets
    "{t} INFO password reset requested for user {n}",
    "{t} WARN token expired for user {n}, asking to log in again",
    "{t} INFO no password was given; using peer authentication",
    "{t} ERROR Access denied for user '{who}'@'{ip}' (using password: YES)",
    "{t} INFO password changed for {who}, password policy: strong",
    "{t} WARN invalid token: unexpected end of input at line {d}",
    "{t} ERROR SyntaxError: Unexpected token < in JSON at position {d}",
    "{t} ERROR SyntaxError: Unexpected token '}}', \"...\" is not valid JSON",
    "{t} INFO model=small prompt_tokens={n} completion_tokens={d} total_tokens={n} max_tokens=4096",
    '{{"usage":{{"input_tokens":{n},"output_tokens":{d},"cache_read_input_tokens":0}},"stop":"end_turn"}}',
    '{{"token_type":"Bearer","expires_in":3600,"scope":"read write","msg":"token issued"}}',
    "{t} INFO authentication succeeded for {who}: method=password mfa=true",
    "{t} DEBUG tokenizer=bert-base tokens: {n} in {d} batches",
    "{t} INFO secret store: 12 keys loaded, 0 expired, secret_name={w}-db secretRef: {w}",
    "{t} INFO rotating credentials for {w}; next rotation in {d} days",
    "{t} sshd[{n}]: Failed password for invalid user {who} from {ip} port {p} ssh2",
    "{t} sshd[{n}]: Accepted publickey for {who} from {ip} port {p} ssh2: ED25519 SHA256:{b43}",
    "{t} sudo: pam_unix(sudo:auth): authentication failure; logname={who} uid=1000 euid=0 tty=/dev/pts/{d} user={who}",
    "{t} INFO auth=oauth2 provider=google user={n} session=active",
    "{t} WARN login failed: wrong password (attempt {d} of 5)",
    "{t} INFO tests: pass: {n} fail: 0 skip: {d}",
    "{t} PASS: test_{w}_{w} ({d} ms)",
    "{t} INFO passed=12 failed=0 password_attempts={d} password_required=true",
    "{t} key={w}:{n} hit=true ttl={d}",
    "{t} cache miss key=user:{n}:profile shard={d}",
    "{t} partition_key={uuid} sort_key={n} primary key: id, foreign_key=order_id",
    "{t} idempotency key {uuid} seen before, answering again",
    "{t} public_key=ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{b43}",
    '{t} ERROR duplicate key value violates unique constraint "{w}s_pkey" DETAIL: Key (id)=({n}) already exists.',
    "{t} KeyError: '{w}' in handler {w}.{w}",
    "{t} author={who} reviewer={who} authored_at={t}",
    "{t} bearer of the message: {who}; basic checks passed for {w}",
    "{t} cookie banner shown={d} cookies accepted by {n} visitors",
    "{t} signature: valid, signed by {who}@shop.example; fingerprint SHA256:{b43}",
    "{t} sessions: {n} active, session {n} closed after {d}s",
    "{t} PIN entry disabled; pin=0 compass=1 bypass: off",
    "{t} client credentials: missing; credentials=none",
    "{t} the secret: not found in namespace {w}",
    '{t} secret/{w}-db created; secret "{w}-tls" unchanged',
    "{t} mysqld: Aborted connection {n} to db: '{w}' user: 'app' host: '{ip}' (Got an error reading communication packets)",
    # programs
    "\tat org.shop.{w}.OrderServiceImpl.placeOrder(OrderServiceImpl.java:{d}) ~[{w}-{d}.{d}.jar!/:?]",
    '  File "/srv/{w}/lib/python3.13/site-packages/{w}/views.py", line {d}, in {w}',
    "{t} panic: runtime error: index out of range [{d}] with length {d} goroutine {d} [running]:",
    "{t} kernel: Out of memory: Killed process {n} ({w}) total-vm:{n}kB, anon-rss:{n}kB, file-rss:0kB",
    "{t} systemd[1]: {w}.service: Main process exited, code=exited, status=1/FAILURE",
    "{t} GC pause {d}.{d}ms heap={n}M->{n}M @0x{h12}",
    "{t} consumed topic={w}s partition={d} offset={n} key={uuid} value=<{n} bytes>",
    "{t} job {b22} finished in {d}.{d}s id={b64id}",
    "{t} upload_id={b64id} part={d} etag={h32}",
    "{t} redis: {n} keys, used_memory:{n}, evicted_keys:0, AUTH not required",
    "{t} postgres[{n}]: LOG: duration: {d}.{d} ms statement: SELECT id, name FROM {w}s WHERE id = $1",
    "{t} connect to postgres://db:5432/{w} as app took {d} ms",
    "{t} dial tcp {ip}:{p}: i/o timeout url=https://{w}.example:8443/v2/{w}/{uuid}",
    "{t} upstream https://{w}.svc.cluster.local:8080/healthz answered 503 @ {ip}",
    "{t} mail to {who}@shop.example queued as <{b22}@mail.example> from {who}+{w}@shop.example",
    '{t} metrics pushed: http_requests_total{{code="200",path="/{w}"}} {n}',
    "{t} config reloaded: workers={d} timeout={d}s retries=3 log_level=info path=/etc/{w}/{w}.yaml",
    "{t} wrote /var/lib/{w}/{h16}/{uuid}/data-{n}.parquet ({n} bytes, crc32={h8})",
    "{t} Traceback id={h32} version=v{d}.{d}.{d}+{h8} build={n}",
    "{t} feature flags: new_checkout=on dark_mode=off auth_v2=on",
    "{t} price: {d}.{d} EUR, total {n}, order no. {n}-{n}, phone +49 30 {n}",
    "{t} card ending in 4242 charged, invoice INV-2026-{n}, ref {up12}",
    "{t} IPv6 fe80::{h4}:{h4}:{h4}:{h4} joined; mac 02:42:{h2}:{h2}:{h2}:{h2}",
    "{t} x-request-id: {uuid} x-amzn-trace-id: Root=1-{h8}-{h24}",
    "{t} SELECT token_count, secret_count FROM stats; -- {n} rows",
    "{t} loaded module passport-{d}.{d}, passenger lists: {d}, compass: north, bypass=false",
    '{t} kubelet: MountVolume.SetUp failed for volume "{w}-token" : secret "{w}-token" not found',
    "{t} Warning: {w}: credential helper 'store' is not configured; continuing without",
)
"""One of each kind; `{...}` is filled with something new in each line."""


def ordinary(count: int = 10_000, seed: int = 7) -> list[str]:
    """So many lines, the same for the same seed."""
    random = Random(seed)  # noqa: S311 - nothing here is secret
    return [random.choice(LINES).format_map(_Filled(random)) for _ in range(count)]


class _Filled(dict[str, str]):
    """Something new for each name that is asked for."""

    def __init__(self, random: Random) -> None:
        super().__init__()
        self._random = random

    def __missing__(self, name: str) -> str:
        kind, size = name.rstrip("0123456789"), int("".join(c for c in name if c.isdigit()) or 0)
        return _MAKERS[kind if name not in _MAKERS else name](self._random, size)


def _some(random: Random, letters: str, size: int) -> str:
    return "".join(random.choices(letters, k=size))


def _uuid(random: Random, _size: int) -> str:
    return "-".join(_some(random, HEX, size) for size in (8, 4, 4, 4, 12))


_MAKERS: dict[str, Callable[[Random, int], str]] = {
    "t": lambda r, _: (
        f"2026-11-29T{r.randrange(24):02}:{r.randrange(60):02}:{r.randrange(60):02}.{r.randrange(10**6):06}Z"
    ),
    "m": lambda r, _: f"{r.randrange(60):02}",
    "s": lambda r, _: f"{r.randrange(60):02}",
    "d": lambda r, _: str(r.randrange(100)),
    "n": lambda r, _: str(r.randrange(10**6)),
    "p": lambda r, _: str(r.randrange(1024, 65536)),
    "w": lambda r, _: r.choice(WORDS),
    "who": lambda r, _: r.choice(FIRST),
    "ip": lambda r, _: ".".join(str(r.randrange(256)) for _ in range(4)),
    "h": lambda r, size: _some(r, HEX, size),
    "b": lambda r, size: _some(r, ALPHANUMERIC, size),
    "up": lambda r, size: _some(r, "ABCDEFGHJKLMNPQRSTUVWXYZ23456789", size),
    "uuid": _uuid,
    "b64id": lambda r, _: base64.urlsafe_b64encode(r.randbytes(15)).decode(),
}
