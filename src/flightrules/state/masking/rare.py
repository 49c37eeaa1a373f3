"""Forms in which rare programs are given a secret: mail, telephony, directories, network gear, databases, games.

Knows: the word that shows such a place, and the pattern behind it, as the programs' own documentation has them.
Must not know: how a secret looks.
"""

from __future__ import annotations

_VALUE = r"[\"']?([^\s\"']{1,400})"
_MIXED = rf"(?=\S{{0,40}}\d)(?=\S{{0,40}}[A-Za-z])(?=\S{{6}}){_VALUE}"
_REST = r"[^\n;&]{0,400}?\s"

_MAIL = (
    ("client_send", rf"\s*=\s*:?\s*\S{{1,200}}\s*:\s*{_VALUE}"),
    ("authinfo:", r"\S{1,200}\s[^\n]{0,400}?\"P[:=]([^\"\n]{1,400})\""),
    ("swaks", rf"{_REST}-ap\s+{_VALUE}"),
    ("sendemail", rf"{_REST}-xp\s+{_VALUE}"),
    ("ctl", rf"\s+register\s+[\w.@-]{{1,64}}\s+[\w.-]{{1,200}}\s+{_MIXED}"),
    ("identify", rf"\s+[\w.-]{{1,64}}\s+(?=\S{{0,40}}[A-Z!#$%^*+]){_MIXED}"),
    ("user=", rf"[\w.@-]{{1,64}}:{_MIXED}"),
)
_NETWORKS = (
    ("hmac-sha", r"\d{1,3}:[^\s:]{1,200}(?::|\s+)([A-Za-z0-9+/]{16,200}={0,2})"),
    ("radtest", rf"\s+(?:-\S+\s+)*\S+\s+{_VALUE}\s+\S+\s+\S+\s+{_VALUE}"),
    ("login incorrect: [", r"[^/\]\s]{1,64}/([^\]\s]{1,200})\]"),
    (" cleartext", rf"\s+{_VALUE}"),
    ("plaintext", rf"\s+{_MIXED}"),
    ("password simple", rf"\s+{_VALUE}"),
    ("irreversible-cipher", rf"\s+{_VALUE}"),
    ("set-key", rf"\s+(?:ascii|hex)\s+{_MIXED}"),
    ("authentication-key", rf"\s+\d+\s+\w+\s+{_VALUE}"),
    ("mgmt-user", rf"\s+\S+\s+\S+\s+{_VALUE}"),
    ("add system user", rf"\s+\S+\s+{_VALUE}"),
    ("rocommunity", rf"6?\s+{_MIXED}"),
    ("rwcommunity", rf"6?\s+{_MIXED}"),
    ("createuser", rf"\s+\S+\s+(?:MD5|SHA\S{{0,8}})\s+{_VALUE}(?:\s+(?:AES\S{{0,8}}|DES)\s+{_VALUE})?"),
    ("].key=", _VALUE),
    ("option key", r"\s+[\"']([^\"'\n]{4,400})[\"']"),
    ("pskkey", rf"[ =]{_VALUE}"),
    ("monitor ", rf"\S+@\S+\s+\d\s+\S+\s+{_VALUE}\s+(?:master|slave|primary|secondary)\b"),
    ("allow ", rf"[\w.-]{{1,64}}:{_MIXED}"),
)
_DATABASES = (
    ("superdigest=", rf"[^\s:]{{1,64}}:{_VALUE}"),
    ("auth-pass", rf"\s+\S+\s+{_VALUE}"),
    ("hello 3 auth", rf"\s+[\w.@-]{{1,64}}\s+{_VALUE}"),
    ("hello 2 auth", rf"\s+[\w.@-]{{1,64}}\s+{_VALUE}"),
    ("hdbuserstore", rf"\s+(?:-\S+\s+)*(?i:set)\s+\S+\s+\S+\s+\S+\s+{_VALUE}"),
    (".logon", r"\s+\S{1,200}?,([^\s;]{1,200})"),
    ("userid=", rf"[\w.$#]{{1,64}}/{_VALUE}"),
)
_PROGRAMS = (
    ("curlftpfs", r"\s+(?:-\S+\s+)*(?:ftp://)?[^\s:@]{1,64}:([^\s@]{1,200})@"),
    (":pserver:", r"[^\s:@]{1,64}:([^\s@]{1,200})@"),
    ("obscure", rf"\s+{_MIXED}"),
    ("unrar", rf"{_REST}-p{_VALUE}"),
    ("signtool", rf"{_REST}/p\s+{_VALUE}"),
    ("set_password", rf"\s+[\w.-]{{1,64}}\s+{_VALUE}"),
    ("chpasswd:", rf"[^\n]{{0,20}}\n(?:\s+list:[^\n]{{0,20}}\n)?[\s\"'-]{{1,40}}[\w.-]{{1,64}}:{_VALUE}"),
    ("+login", rf"\s+\S+\s+{_VALUE}"),
    ("oathtool", rf"{_REST}([A-Z2-7]{{16,200}})(?!\S)"),
    ("unlockaccount(", r"[^\n]{0,80}?[\"']([^\"'\n]{4,400})[\"']"),
    ("mosh connect", rf"\s+\d+\s+{_VALUE}"),
    ("mit-magic-cookie-1", rf"\s+{_VALUE}"),
    ("-setcookie", rf"\s+{_VALUE}"),
    ("secret-set-value", rf"{_REST}--base64\s+{_VALUE}"),
    ("-object secret,", r"[^\s]{0,200}?\bdata=([^\s,\"']{1,400})"),
    ("credential]::new(", r"\s{0,4}[\"'][^\"'\n]{0,200}[\"']\s{0,4},\s{0,4}[\"']([^\"'\n]{1,400})[\"']"),
)

RARE = (*_MAIL, *_NETWORKS, *_DATABASES, *_PROGRAMS)
"""The word, in small letters, and what follows it; each group is a secret."""
