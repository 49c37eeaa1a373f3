"""Forms of secrets that the rules were not written after: the hold-out for the recall of the redaction.

Written from the documentation of providers and programs before the rules were tried on it. Each is (name, text, what
must not survive). All are made up, and put together at run time, so that no scanner takes this file for a leak. What it
showed at first, and what was mended since, stands in docs/decisions.
"""

# ruff: noqa: E501 - a form stands on one line

from __future__ import annotations

import base64
import json
from random import Random
from string import ascii_letters, ascii_lowercase, ascii_uppercase, digits

WORD = ascii_letters + digits
LOW = ascii_lowercase + digits
UP = ascii_uppercase + digits
HEX = "0123456789abcdef"
URL = f"{WORD}-_"

_RANDOM = Random(20261129)  # noqa: S311 - nothing here is secret


def made(length: int, alphabet: str = WORD) -> str:
    """Random text that is the same in every run."""
    return "".join(_RANDOM.choice(alphabet) for _ in range(length))


def guid() -> str:
    """A UUID that is the same in every run."""
    return "-".join(made(size, HEX) for size in (8, 4, 4, 4, 12))


def block(kind: str, lines: list[str]) -> str:
    """A PEM or PGP block."""
    return "\n".join([f"-----BEGIN {kind}-----", *lines, f"-----END {kind}-----"])


Form = tuple[str, str, tuple[str, ...]]


def _token(name: str, prefix: str, length: int, alphabet: str = WORD, around: str = "got {} from the agent") -> Form:
    body = made(length, alphabet)
    return name, around.format(prefix + body), (body,)


def _keyed(name: str, around: str, secret: str = "") -> Form:
    """A form whose secret is an ordinary password: nothing but its place tells what it is."""
    secret = secret or f"Tr{made(3, LOW)}b4dor{made(3)}"
    return name, around.format(secret), (secret,)


def _body(lines: int = 6, width: int = 64) -> list[str]:
    return [made(width, f"{WORD}+/") for _ in range(lines)]


KEY_LINES = _body()
EC = block("EC PRIVATE " + "KEY", KEY_LINES)
PGP = block("PGP PRIVATE KEY " + "BLOCK", ["Version: GnuPG v2", "", *KEY_LINES, "=x3Fq"])

PROVIDERS: list[Form] = [
    _token("github classic, in a remote", "gh" + "p_", 36, around="https://{}@github.example/acme/x.git"),
    _token("github app installation", "gh" + "s_", 36),
    _token("gitlab deploy token", "gldt" + "-", 20, URL),
    _token("gitlab runner", "glrt" + "-", 20, URL),
    _token("bitbucket app password", "ATBB", 32),
    _token("atlassian api token", "ATATT3", 186, URL),
    _token("slack app token", "xapp" + "-1-A0123456789-", 64, LOW),
    _token(
        "slack webhook", "https://hooks.slack.com/services/" + "T0AB12CD3/B0AB12CD3/", 24, around="POST {} gave 404"
    ),
    _token("discord webhook", "https://discord.com/api/webhooks/112233445566778899/", 68, URL),
    _token("discord bot", "MTEyMjMzNDQ1NTY2Nzc4ODk5.GaBcDe.", 38, URL),
    _token(
        "teams webhook",
        "https://acme.webhook.office.com/webhookb2/" + guid() + "@" + guid() + "/IncomingWebhook/",
        32,
        HEX,
    ),
    _token("google api key", "AI" + "za", 35, URL, "GET /maps/api/js?key={}&v=3"),
    _token("google oauth access", "ya29" + ".a0Ael9sCN", 120, URL),
    _token("google oauth client secret", "GOCSPX" + "-", 28, URL),
    _token("google refresh token", "1/" + "/0g", 60, URL),
    _token("azure ad client secret", made(3) + "8Q~", 34, f"{WORD}_~.-"),
    _token("azure storage connection", "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=", 86, WORD, "{}=="),
    _token("azure service bus", "Endpoint=sb://x.example/;SharedAccessKeyName=Root;SharedAccessKey=", 43, WORD, "{}="),
    _token("aws secret in a profile", "aws_secret_access_key = ", 40, f"{WORD}/+", "{}"),
    _token("aws bedrock", "AB" + "SK", 109),
    _token("digitalocean", "dop" + "_v1_", 64, HEX),
    _token("heroku", "HRKU" + "-AA", 58, URL),
    _token("databricks", "da" + "pi", 32, HEX),
    _token("docker hub", "dckr" + "_pat_", 27, URL),
    _token("npm automation", "np" + "m_", 36),
    _token("npmrc", "//registry.example/:_authToken=", 36, around="{}"),
    _token("rubygems", "rubygems" + "_", 48, HEX),
    _token("nuget", "oy2", 43, LOW),
    _token("sendgrid", "SG" + "." + made(22, URL) + ".", 43, URL),
    _token("mailgun", "key" + "-", 32, HEX),
    _token("brevo", "xkeysib" + "-" + made(64, HEX) + "-", 16),
    _token("mailchimp", "", 32, HEX, "api {}-us14 refused"),
    _token("resend", "re" + "_" + made(8) + "_", 24),
    _token("twilio api key", "S" + "K", 32, HEX),
    _token("stripe restricted", "rk" + "_live_", 99),
    _token("stripe webhook", "wh" + "sec_", 32),
    _token("square access", "EAAA" + "l", 59, URL),
    _token("shopify admin", "sh" + "pat_", 32, HEX),
    _token("plaid", "access-production-" + made(8, HEX) + "-", 4, HEX, "{}-4a1b-8c2d-0123456789ab"),
    _token("openai project", "sk" + "-proj-", 124, URL),
    _token("groq", "gs" + "k_", 52),
    _token("perplexity", "pp" + "lx-", 48),
    _token("hugging face", "h" + "f_", 34, ascii_letters),
    _token("replicate", "r8" + "_", 37),
    _token("langsmith", "lsv2" + "_pt_" + made(32, HEX) + "_", 10, HEX),
    _token("xai", "xai" + "-", 80),
    _token("cloudflare global, keyed", "X-Auth-Key: ", 37, HEX, "{}"),
    _token("fly.io", "fm2" + "_", 120, f"{WORD}+/"),
    _token("vercel", "VERCEL_TOKEN=", 24, around="{}"),
    _token("supabase", "sb" + "p_", 40, HEX),
    _token("planetscale", "pscale" + "_tkn_", 43, URL),
    _token("terraform cloud", made(14) + ".atlas" + "v1.", 67),
    _token("vault batch", "hv" + "b.", 140, URL),
    _token("pulumi", "pu" + "l-", 40, HEX),
    _token("doppler", "dp" + ".st.prd.", 43),
    _token("1password service account", "op" + "s_eyJ", 250),
    _token("figma", "fig" + "d_", 40, URL),
    _token("linear", "lin" + "_api_", 40),
    _token("notion", "nt" + "n_", 46),
    _token("airtable", "pat" + made(14) + ".", 64, HEX),
    _token("hubspot", "pat" + "-na1-" + made(8, HEX) + "-", 12, HEX),
    _token("postman", "PMAK" + "-" + made(24, HEX) + "-", 34, HEX),
    _token("sentry user", "sntry" + "u_", 64, HEX),
    _token("new relic", "NRAK" + "-", 27, UP),
    _token("grafana service account", "gl" + "sa_" + made(32) + "_", 8, HEX),
    _token("grafana cloud", "gl" + "c_eyJ", 100),
    _token("dynatrace", "dt0" + "c01." + made(24, UP) + ".", 64, UP),
    _token("posthog personal", "ph" + "x_", 43),
    _token("sonarqube", "sq" + "u_", 40, HEX),
    _token("circleci", "CCIPAT" + "_" + made(22) + "_", 40, HEX),
    _token("buildkite", "bk" + "ua_", 40, HEX),
    _token("tailscale", "ts" + "key-auth-" + made(12) + "-", 32),
    _token(
        "launchdarkly", "sd" + "k-" + made(8, HEX) + "-" + made(4, HEX) + "-", 4, HEX, "LD_SDK_KEY={}-a1b2-0123456789ab"
    ),
    _token("okta", "Authorization: SSWS 00", 40, URL, "{}"),
    _token("datadog, keyed", "DD-API-KEY: ", 32, HEX, "{}"),
    _token("facebook", "EAAB", 150),
    _token("mapbox", "sk" + ".eyJ" + made(70) + ".", 22),
    _token("paseto", "v2.local" + ".", 120, URL),
    _token("fernet", "gAAAAAB", 120, URL),
    _token("snyk", "sny" + "k_uat.", 60, HEX),
]

PLACES: list[Form] = [
    _keyed("mysql, password glued", "mysql -h db -u root -p{} shop"),
    _keyed("curl long option", "curl --user=ann:{} https://x.example"),
    _keyed("sshpass", "sshpass -p {} ssh ann@web-1"),
    _keyed("redis-cli", "redis-cli -h cache -a {} ping"),
    _keyed("openssl passin", "openssl rsa -in key.pem -passin pass:{} -out x"),
    _keyed("docker login", "docker login -u ann -p {} r.example"),
    _keyed("kubectl literal", "kubectl create secret generic db --from-literal=password={}"),
    _keyed("helm set", "helm upgrade shop ./chart --set db.auth.rootPassword={},db.host=db"),
    _keyed("gpg passphrase", 'gpg --batch --passphrase "{}" -d x.gpg'),
    _keyed("ldapsearch", "ldapsearch -x -D cn=admin,dc=x -w {} -b dc=x"),
    _keyed("smbclient", "smbclient //nas/share -U ann%{}"),
    _keyed("netrc", "machine ftp.example login ann password {}"),
    _keyed("argv as a list", '["mysqldump", "--password", "{}", "shop"]'),
    _keyed("mongodb+srv", "mongodb+srv://app:{}@cluster0.example/shop?retryWrites=true"),
    _keyed("amqp, slash in it", "amqp://app:{}@mq:5672/%2f", "ab/cd/ef" + made(6)),
    _keyed("jdbc", "jdbc:postgresql://db:5432/shop?user=app&password={}&ssl=true"),
    _keyed("jdbc oracle thin", "jdbc:oracle:thin:scott/{}@db:1521:ORCL"),
    _keyed("ado.net quoted", "Server=db;User Id=sa;Password='{}';Encrypt=yes", "p;w=" + made(8)),
    _keyed("odbc braces", "Driver=x;UID=sa;PWD={{{}}};", "p;w" + made(8)),
    _keyed("xml element", "<db><user>app</user><password>{}</password></db>"),
    _keyed("xml attribute", '<add key="DbPassword" value="{}" />'),
    _keyed("spring xml property", '<property name="password" value="{}"/>'),
    _keyed("plist", "<key>APIToken</key>\n<string>{}</string>"),
    _keyed("yaml block scalar", "db:\n  password: |\n    {}\n  user: app"),
    _keyed("yaml env list", "env:\n  - name: DB_PASSWORD\n    value: {}\n  - name: X\n    value: y"),
    _keyed("json name and value", '{{"name":"DB_PASSWORD","value":"{}"}}'),
    _keyed("docker inspect env", '"Env":["PATH=/bin","POSTGRES_PASSWORD={}","LANG=C"]'),
    _keyed("toml dotted", 'database.secret = "{}"'),
    _keyed("properties", "spring.datasource.password={}"),
    _keyed("ini with spaces", "[client]\npassword   =   {}"),
    _keyed("php array", "'password' => '{}',"),
    _keyed("php var_dump", '["password"]=>\n  string(14) "{}"'),
    _keyed("ruby inspect", '#<Config:0x0001 @user="a", @password="{}">'),
    _keyed("rust debug", 'Config {{ user: "a", password: Some("{}") }}'),
    _keyed("go struct", "{{User:app Password:{} Host:db}}"),
    _keyed("python repr", "Config(user='a', password=b'{}')"),
    _keyed("camel case", '{{"dbPassword": "{}"}}'),
    _keyed("kebab header", "X-Api-Key: {}"),
    _keyed("proxy authorization", "Proxy-Authorization: Bearer {}", made(24)),
    _keyed("curl header", "curl -H 'PRIVATE-TOKEN: {}' https://git.example"),
    _keyed("cookie", "Cookie: theme=dark; JSESSIONID={}", made(24, UP)),
    _keyed("header pair", "('authorization', 'Bearer {}')", made(24)),
    _keyed("json header list", '{{"key":"Authorization","value":"Bearer {}"}}', made(24)),
    _keyed("sigv4", "AWS4-HMAC-SHA256 Credential=AKID/x, SignedHeaders=host, Signature={}", made(64, HEX)),
    _keyed("presigned gcs", "https://storage.example/b/o?X-Goog-Signature={}", made(128, HEX)),
    _keyed("cloudfront", "https://cdn.example/x?Expires=1&Signature={}&Key-Pair-Id=K", made(60, URL)),
    _keyed("oauth code", "GET /callback?code={}&state=x", made(40, URL)),
    _keyed("refresh token form", "grant_type=refresh_token&refresh_token={}&client_id=x", made(40, URL)),
    _keyed("otpauth", "otpauth://totp/x:ann?secret={}&issuer=x", made(32, ascii_uppercase + "234567")),
    _keyed("form percent encoded", "body=user%3Dann%26password%3D{}%26x%3D1"),
    _keyed("html entities", "{{&quot;password&quot;:&quot;{}&quot;}}"),
    _keyed(
        "json twice escaped",
        json.dumps(json.dumps(json.dumps({"password": "@@"})))
        .replace("{", "{{")
        .replace("}", "}}")
        .replace("@@", "{}"),
    ),
    _keyed("unicode escapes", "\\u0022password\\u0022:\\u0022{}\\u0022"),
    _keyed("sql identified by", "CREATE USER app IDENTIFIED BY '{}'"),
    _keyed("sql alter role", "ALTER ROLE app WITH LOGIN PASSWORD '{}'"),
    _keyed("redis auth command", '"AUTH" "{}"'),
    _keyed("imap login", "a1 LOGIN ann@x.example {}"),
    _keyed("ftp pass", "ftp> PASS {}"),
    _keyed("prose is", "the new password is {} until Monday"),
    _keyed("prose set to", "I set the admin password to {}"),
    _keyed("spanish", "contraseña: {}"),
    _keyed("french", "mot de passe : {}"),
    _keyed("russian", "пароль: {}"),
    _keyed("wifi", "wpa_passphrase={}"),
    _keyed("psk", 'psk="{}"'),
    _keyed("wireguard", "PrivateKey = {}", made(43, f"{WORD}+/") + "="),
    _keyed("django", "SECRET_KEY = 'django-insecure-{}'", made(40, f"{LOW}!@#$%^&*(-_=+)")),
    _keyed("laravel", "APP_KEY=base64:{}", made(43, f"{WORD}+/") + "="),
    _keyed("rails master key", "RAILS_MASTER_KEY={}", made(32, HEX)),
    _keyed("snmp community", "snmpwalk -v2c -c {} switch-1"),
    _keyed("htpasswd", "ann:$apr1$abcdefgh${}", made(22, f"{WORD}./")),
    _keyed("bcrypt", "hash $2b$12${} does not match", made(53, f"{WORD}./")),
    _keyed("ssha", "userPassword: {{SSHA}}{}", made(32, f"{WORD}+/")),
    _keyed("jwk", '{{"kty":"EC","crv":"P-256","x":"a","y":"b","d":"{}"}}', made(43, URL)),
    _keyed("multipart", 'Content-Disposition: form-data; name="password"\n\n{}\n--b--'),
    _keyed("kubernetes secret", "kind: Secret\ndata:\n  db-password: {}", base64.b64encode(b"Tr0ub4dor&3xy").decode()),
    _keyed("bitcoin wif", "wallet import L{}", made(51)),
    _keyed("log with a pair in brackets", "[password: {}] [user: ann]"),
    _keyed("login tuple", "login('ann', password = \"{}\")"),
]

BLOCKS: list[Form] = [
    ("ec key, compose prefix", "\n".join(f"web-1  | {line}" for line in EC.split("\n")), tuple(KEY_LINES)),
    ("pgp block", PGP, tuple(KEY_LINES)),
    ("pgp block, syslog prefix", "\n".join(f"Nov 29 10:00:00 web-1 app[7]: {x}" for x in PGP.split("\n")), tuple(KEY_LINES)),
    ("key in json log records", "\n".join(json.dumps({"log": f"{x}\n", "stream": "stdout"}) for x in EC.split("\n")), tuple(KEY_LINES)),
    ("key without its end", "\n".join(EC.split("\n")[:-2]), tuple(KEY_LINES[:-1])),
    ("key without its begin", "\n".join(f"2026-11-29T10:00:00Z {x}" for x in EC.split("\n")[2:]), tuple(KEY_LINES[1:])),
    ("key indented in yaml", "tls.key: |\n" + "\n".join(f"    {x}" for x in EC.split("\n")), tuple(KEY_LINES)),
    ("key in json", json.dumps({"tls": EC}), tuple(KEY_LINES)),
    ("key in json in json", json.dumps(json.dumps({"tls": EC})), tuple(KEY_LINES)),
    ("putty", "PuTTY-User-Key-File-3: ssh-rsa\nPrivate-Lines: 6\n" + "\n".join(KEY_LINES) + "\nPrivate-MAC: 00", tuple(KEY_LINES)),
    ("base64 of a keyed text", base64.b64encode(b'{"user":"ann","password":"Tr0ub4dor"}').decode(), (base64.b64encode(b'{"user":"ann","password":"Tr0ub4dor"}').decode()[32:],)),
    ("base64 of a provider token", base64.b64encode(("gh" + "p_" + "aB3dE6fG9h" * 3 + "aB3dE6").encode()).decode(), (base64.b64encode(("gh" + "p_" + "aB3dE6fG9h" * 3 + "aB3dE6").encode()).decode()[8:],)),
]  # fmt: skip

UNSEEN: list[Form] = [*PROVIDERS, *PLACES, *BLOCKS]


SECOND: list[Form] = [
    _keyed("DB_PASS", "DB_PASS={}"),
    _keyed("PGPASSWORD inline", "PGPASSWORD={} psql -h db shop"),
    _keyed("export", "export SLACK_SIGNING_SECRET='{}'"),
    _keyed("set in cmd", "set DB_PASSWORD={}&& start.bat"),
    _keyed("powershell", '$env:API_TOKEN = "{}"'),
    _keyed("dockerfile", "ENV MYSQL_ROOT_PASSWORD {}"),
    _keyed("docker run", "docker run -e POSTGRES_PASSWORD={} postgres"),
    _keyed("java system property", "java -Ddb.password={} -jar x.jar"),
    _keyed("keystore", "-Djavax.net.ssl.keyStorePassword={}"),
    _keyed("password with @ and quotes", 'password="a@b\\"{}"'),
    _keyed("url with colon in it", "postgres://app:a:b{}@db/x"),
    _keyed("url with hash", "postgres://app:a#b{}@db/x"),
    _keyed("url with question mark", "postgres://app:a?b{}@db/x"),
    _keyed("mysql url, percent", "mysql://app:p%40{}@db/x"),
    _keyed("smtp url", "smtp://mailer%40x.example:{}@smtp.example:587"),
    _keyed("ldap url", "ldap://cn=admin,dc=x:{}@ldap/dc=x"),
    _keyed("s3 url", "s3://AKIDEXAMPLE:{}@bucket/x"),
    _keyed("git remote", "fatal: Authentication failed for 'https://oauth2:{}@git.example/x.git/'"),
    _keyed("sentry dsn", "SENTRY_DSN=https://{}@o1.ingest.example/1", made(32, HEX)),
    _keyed("redis tls", "rediss://default:{}@cache:6379"),
    _keyed("mssql url", "mssql+pyodbc://sa:{}@db/x?driver=y"),
    _keyed("go sql dsn", "app:{}@tcp(db:3306)/shop?parseTime=true"),
    _keyed("sqlalchemy repr", "Engine(postgresql://app:{}@db/x)"),
    _keyed("libpq quoted", "host=db password='{}' user=a"),
    _keyed("cassandra", "PlainTextAuthProvider(username='a', password='{}')"),
    _keyed("mqtt", "mosquitto_pub -h mq -u a -P {} -t x"),
    _keyed("x-amz-security-token", "x-amz-security-token: {}", made(80)),
    _keyed("x-vault-token", "X-Vault-Token: {}", made(26)),
    _keyed("x-csrf-token", "X-CSRF-Token: {}", made(40)),
    _keyed("ocp key", "Ocp-Apim-Subscription-Key: {}", made(32, HEX)),
    _keyed("functions key", "GET /api/x?code={}", made(54, URL) + "=="),
    _keyed("id token", "id_token={}", made(60)),
    _keyed("saml", "SAMLResponse={}", made(200)),
    _keyed("hmac header", "X-Hub-Signature-256: sha256={}", made(64, HEX)),
    _keyed("authorization in python dict", "{{'Authorization': 'Token {}'}}", made(30)),
    _keyed("authorization in go map", "map[Accept:[*/*] Authorization:[Bearer {}]]", made(30)),
    _keyed("authorization, escaped json", '{{\\"Authorization\\":\\"Basic {}\\"}}', made(24)),
    _keyed("http2 header tuple", "[(b'authorization', b'Bearer {}')]", made(30)),
    _keyed("cookie in json", '{{"cookie":"a=b; session={}"}}', made(30)),
    _keyed("php session", "PHPSESSID={}", made(26, LOW)),
    _keyed("connect.sid", "connect.sid=s%3A{}", made(32)),
    _keyed("set-cookie java", "Set-Cookie: JSESSIONID={}; HttpOnly", made(32, UP)),
    _keyed("jsessionid in path", "GET /cart;jsessionid={} HTTP/1.1", made(32, UP)),
    _keyed("pem public begins a private", "secret_key_base: {}", made(128, HEX)),
    _keyed("encryption key", "ENCRYPTION_KEY={}", made(44)),
    _keyed("fernet key", "FERNET_KEY={}", made(43, URL) + "="),
    _keyed("jwt secret", "JWT_SECRET={}"),
    _keyed("webhook secret", "webhook_secret: {}"),
    _keyed("consumer secret", "oauth_consumer_secret={}"),
    _keyed("bind password", "bindpw {}"),
    _keyed("radius", "radius shared secret {}"),
    _keyed("kerberos", "kinit ann password: {}"),
    _keyed("vault cli", "vault login {}", "hv" + "s." + made(24)),
    _keyed("aws configure", "aws configure set aws_secret_access_key {}", made(40, f"{WORD}/+")),
    _keyed("echo into docker", "echo {} | docker login --password-stdin"),
    _keyed("chpasswd", "echo 'ann:{}' | chpasswd"),
    _keyed("useradd", "useradd -p '$6$ab$" + "{}' ann", made(86, f"{WORD}./")),
    _keyed("wget", "wget --http-password={} https://x.example"),
    _keyed("wget, apart", "wget --user=a --password {} https://x.example"),
    _keyed("az", "az login --service-principal -u a -p {} --tenant t"),
    _keyed("7z", "7z x -p{} a.7z"),
    _keyed("unzip", "unzip -P {} a.zip"),
    _keyed("htpasswd -b", "htpasswd -bB users ann {}"),
    _keyed("sqlplus", "sqlplus scott/{}@db"),
    _keyed("sqlcmd", "sqlcmd -S db -U sa -P {}"),
    _keyed("mongo shell", "mongosh -u a -p {} --host db"),
    _keyed("rabbitmqctl", "rabbitmqctl add_user ann {}"),
    _keyed("ansible var", "ansible_become_pass: {}"),
    _keyed("terraform var", '-var="db_password={}"'),
    _keyed("terraform state", '"password": {{"value": "{}"}}'),
    _keyed("yaml quoted next line", 'password:\n  "{}"'),
    _keyed("yaml folded", "token: >-\n  {}"),
    _keyed("yaml list of tokens", "tokens:\n  - {}", made(30)),
    _keyed("json list of tokens", '"tokens": ["{}", "x"]', made(30)),
    _keyed("json, pretty over lines", '"password"\n  : "{}"'),
    _keyed("json, value first", '{{"value":"{}","name":"DB_PASSWORD"}}'),
    _keyed("json, unquoted key", "{{password: '{}'}}"),
    _keyed("python kwargs in traceback", "connect(host='db', passwd='{}')"),
    _keyed("ruby symbol", "password: \"{}\", user: 'a'"),
    _keyed("perl", "password => '{}'"),
    _keyed("lua", '["password"] = "{}"'),
    _keyed("scala case class", "Credentials(ann,Password({}))"),
    _keyed("kotlin data class", "User(name=ann, password={}, age=3)"),
    _keyed("c# record", "User {{ Name = ann, Password = {} }}"),
    _keyed("xml namespaced", "<wsse:Password Type='x'>{}</wsse:Password>"),
    _keyed("xml escaped", "&lt;password&gt;{}&lt;/password&gt;"),
    _keyed("xml cdata", "<password><![CDATA[{}]]></password>"),
    _keyed("maven settings", "<server><id>x</id><password>{}</password></server>"),
    _keyed("html input", '<input type="password" name="x" value="{}">'),
    _keyed("csv header named", "user=ann,password={},role=x"),
    _keyed("pipe separated", "user|ann|password|{}"),
    _keyed("tab separated", "password\t{}"),
    _keyed("arrow", "password -> {}"),
    _keyed("dots", "Password........: {}"),
    _keyed("changed from to", "password changed from old to {}"),
    _keyed("prose, quoted", "password '{}' was rejected"),
    _keyed("prose, with", "login as ann with password {} failed"),
    _keyed("prose, using", "Trying pw {} for ann"),
    _keyed("slash notation", "credentials ann/{}"),
    _keyed("user:pass", "credentials=ann:{}"),
    _keyed("login:password", "login:password = ann:{}"),
    _keyed("italian", "la password è {}"),
    _keyed("portuguese", "senha={}"),
    _keyed("polish", "has\u0142o: {}"),
    _keyed("japanese", "\u30d1\u30b9\u30ef\u30fc\u30c9: {}"),
    _keyed("full width", "password\uff1a{}"),
    _keyed("zero width", "pass\u200bword={}"),
    _keyed("bold", "**Password:** {}"),
    _keyed("markdown code", "password: `{}`"),
    _keyed("markdown table", "| password | {} |"),
    _keyed("otp", "Your OTP is {}", "483920"),
    _keyed("pin", "pin={} for ann", "4711"),
    _keyed("cvv", "cvv: {}", "737"),
    _keyed("amex", "{} declined", "3782 822463 10005"),
    _keyed("card, dashes", "pan={}", "4111-1111-1111-1111"),
    _keyed("card, whole", "card number {}", "4111111111111111"),
    _keyed("seed phrase", "mnemonic: {}", "legal winner thank year wave sausage worth useful legal winner thank yellow"),
    _keyed("ethereum", "private key: 0x{}", made(64, HEX)),
    _keyed("xprv", "xprv{}", made(107)),
    _keyed("ansible vault password", "vault_password_file content: {}"),
    _keyed("gcp api in url", "https://maps.example/js?key={}", made(30)),
    _keyed("signed webhook", "t=1,v1={} in Stripe-Signature", made(64, HEX)),
    _keyed("ntlm", "Authorization: NTLM {}", made(60)),
    _keyed("negotiate", "WWW-Authenticate: Negotiate {}", made(60)),
    _keyed("aws4 header", "Authorization: AWS4-HMAC-SHA256 Credential=A/x, Signature={}", made(64, HEX)),
    _keyed("hex of a key", "aes_key={}", made(64, HEX)),
    _keyed("ssh2", "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\n{}\n---- END SSH2 ENCRYPTED PRIVATE KEY ----", made(64)),
    _keyed("openvpn static", "-----BEGIN OpenVPN Static key V1-----\n{}\n-----END OpenVPN Static key V1-----", made(32, HEX)),
    _keyed("wireguard preshared", "PresharedKey = {}", made(43) + "="),
    _keyed("base64 of user and password, prose", "decoded auth header {}", base64.b64encode(b"admin:password=Tr0ub4dor").decode()),
    _keyed("dockerconfigjson", ".dockerconfigjson: {}", base64.b64encode(b'{"auths":{"r":{"auth":"YWRtaW46czNjcjN0UHc5"}}}').decode()),
]  # fmt: skip
"""A second list, written after the first was looked at and before the rules were tried on it."""
