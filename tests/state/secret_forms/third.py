"""A third list of forms of secrets, from the names of public rule sets and the log lines of frameworks.

Written before the rules were tried on it; whoever wrote it had seen two of their modules (`commands`, `apart`).
"""

# ruff: noqa: E501 - a form stands on one line

from __future__ import annotations

import base64
import json
from random import Random
from string import ascii_letters, ascii_lowercase, ascii_uppercase, digits
from uuid import UUID

WORD = ascii_letters + digits
LOW = ascii_lowercase + digits
UP = ascii_uppercase + digits
HEX = "0123456789abcdef"
URL = f"{WORD}-_"

_RANDOM = Random(13)  # noqa: S311 - nothing here is secret

Form = tuple[str, str, tuple[str, ...]]


def made(length: int, alphabet: str = WORD) -> str:
    """Random text that is the same in every run."""
    return "".join(_RANDOM.choice(alphabet) for _ in range(length))


def guid() -> str:
    """A UUID that is the same in every run."""
    return str(UUID(int=_RANDOM.getrandbits(128)))


def form(name: str, around: str, secret: str = "") -> Form:
    secret = secret or f"k{made(4, LOW)}Harbor{made(4)}"
    return name, around.replace("@@", secret), (secret,)


ISSUED: list[Form] = [
    form("adafruit", "aio" + "_@@ used by feed 3", made(28)),
    form("adobe secret", "p8e" + "-@@ rejected by ims", made(32)),
    form("alibaba id", "signing with LTAI" + "@@", made(20)),
    form("anthropic admin", "sk-ant-" + "admin01-@@ is not allowed here", made(93, URL) + "AA"),
    form("artifactory", "curl got AKC" + "p@@", made(69)),
    form("artifactory reference", "cmVm" + "dGtu@@ expired", made(56)),
    form("authress", "key sc_" + "abc12.k3y1.acc-0a1b2c3d4e.@@", made(40)),
    form("bedrock short", "bedrock-" + "api-key-YmVkcm9jay5hbWF6b25hd3MuY29t@@", made(90)),
    form("clickhouse cloud", "4b1" + "d@@ is the key", made(38)),
    form("clojars", "deploy with CLO" + "JARS_@@", made(60, LOW)),
    form("cloudflare origin ca", "v1.0-" + made(24, HEX) + "-@@", made(146, HEX)),
    form("defined networking", "dnkey-" + "@@", made(26, LOW) + "-" + made(52, LOW)),
    form("duffel", "duf" + "fel_live_@@", made(43, URL)),
    form("easypost", "EZ" + "AK@@ for shipments", made(54)),
    form("flutterwave", "FLW" + "SECK_TEST-@@-X", made(32, HEX)),
    form("frameio", "fio" + "-u-@@", made(64, URL)),
    form("gitlab trigger", "glp" + "tt-@@", made(40, HEX)),
    form("gitlab feed", "gl" + "ft-@@", made(20, URL)),
    form("gitlab agent", "gla" + "gent-@@", made(50, URL)),
    form("gitlab scim", "gls" + "oat-@@", made(20, URL)),
    form("gitlab job token", "glc" + "bt-1a_@@", made(20, URL)),
    form("harness", "pa" + "t." + made(22, URL) + "." + made(24, HEX) + ".@@", made(20)),
    form("infracost", "ic" + "o-@@", made(32)),
    form("intra42", "s-s" + "4t2ud-@@", made(64, HEX)),
    form("maxmind", "license " + made(6) + "_@@_mmk", made(29)),
    form("microsoft teams flow", "https://prod-1.westus.logic.azure.com/workflows/" + made(32, HEX) + "/triggers/manual/paths/invoke?sv=1.0&sig=@@", made(43, URL)),
    form("octopus", "AP" + "I-@@ is disabled", made(26, UP)),
    form("openshift", "logged in with sha256" + "~@@", made(43, URL)),
    form("prefect", "pn" + "u_@@", made(36, LOW)),
    form("readme", "rdm" + "e_@@", made(70, LOW)),
    form("scalingo", "tk-" + "us-@@", made(48, URL)),
    form("sentry org", "sntrys" + "_eyJpYXQiO@@", made(110)),
    form("settlemint", "sm_" + "pat_@@", made(16)),
    form("shippo", "shippo" + "_live_@@", made(40, HEX)),
    form("sourcegraph", "sgp" + "_" + made(16, HEX) + "_@@", made(40, HEX)),
    form("typeform", "tfp" + "_@@", made(59, URL)),
    form("yandex key", "AQ" + "VN@@", made(38, URL)),
    form("yandex iam", "t1" + ".9euelZ@@.", made(120, URL)),
    form("zuplo", "zpka" + "_" + made(32, LOW) + "_@@", made(8, HEX)),
    form("deno deploy", "ddp" + "_@@", made(36)),
    form("contentful personal", "CFP" + "AT-@@", made(43, URL)),
    form("elevenlabs", "sk" + "_@@ over quota", made(48, HEX)),
    form("cerebras", "csk" + "-@@", made(48, LOW)),
    form("nvidia", "nv" + "api-@@", made(64, URL)),
    form("pinecone", "pc" + "sk_@@", made(70)),
    form("ngrok", "ngrok authtoken 2@@", made(26) + "_" + made(21)),
]  # fmt: skip

KEYED: list[Form] = [
    form("algolia", "ALGOLIA_ADMIN_KEY=@@", made(32, HEX)),
    form("asana", "asana_client_secret: @@", made(32, HEX)),
    form("bittrex", "bittrexSecretKey=@@", made(32, LOW)),
    form("meraki", "X-Cisco-Meraki-API-Key: @@", made(40, HEX)),
    form("codecov", "CODECOV_TOKEN: @@", guid()),
    form("coinbase", "CB-ACCESS-SIGN: @@", made(64, HEX)),
    form("confluent", 'sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required username="U" password="@@";'),
    form("drone", "DRONE_RPC_SECRET=@@", made(32, HEX)),
    form("dropbox", "dropbox_refresh=@@ for app", made(64, URL)),
    form("fastly", "Fastly-Key: @@", made(32, URL)),
    form("kubeconfig", "    client-key-data: @@", made(120)),
    form("kubeconfig token", "users:\n- name: ci\n  user:\n    token: @@", made(60)),
    form("kraken", "API-Sign: @@", made(86) + "=="),
    form("launchdarkly", "LAUNCHDARKLY_SDK_KEY=sdk-@@", guid()),
    form("mattermost", "mattermost bot token: @@", made(26, LOW)),
    form("nuget config", '<add key="ClearTextPassword" value="@@" />'),
    form("rapidapi", "'x-rapidapi-key': '@@'", made(50, LOW)),
    form("sidekiq", "BUNDLE_ENTERPRISE__CONTRIBSYS__COM=@@", made(8, HEX) + ":" + made(8, HEX)),
    form("sidekiq url", "https://" + made(8, HEX) + ":@@@gems.contribsys.com/", made(8, HEX)),
    form("travis", "travis_access: @@ (travis token)", made(22)),
    form("sumologic", "SUMO_ACCESS_KEY=@@", made(64)),
    form("zendesk", "zendesk_secret=@@", made(64, HEX)),
    form("spring datasource", "spring.datasource.hikari.password = @@"),
    form("spring bind error", 'Property: app.mail.password\n    Value: "@@"\n    Reason: failed to convert'),
    form("django settings dump", "DATABASES = {'default': {'USER': 'app', 'PASSWORD': '@@', 'HOST': 'db'}}"),
    form("django celery", "transport: amqp://app:@@@mq:5672//"),
    form("rails parameters", 'Parameters: {"user"=>{"email"=>"a@x.example", "password_confirmation"=>"@@"}}'),
    form("laravel stack", "#0 PDO->__construct('mysql:host=db;dbname=x', 'app', '@@', Array)"),
    form("php mysqli", "mysqli_connect('db', 'app', '@@') failed"),
    form("symfony", "MAILER_DSN=smtp://mailer:@@@smtp.example:25"),
    form("wordpress", "define( 'DB_PASSWORD', '@@' );"),
    form("wordpress salt", "define('AUTH_KEY', '@@');", made(40, f"{WORD}!#%&*") + "7a"),
    form("express body", "body: { email: 'a@x.example', password: '@@' }"),
    form("axios config", "headers: AxiosHeaders { Accept: 'application/json', Authorization: 'Bearer @@' }", made(40)),
    form("node env dump", "npm_config__authtoken: '@@',", made(36)),
    form("aspnet", '"ConnectionStrings": { "Default": "Server=db;User Id=app;Password=@@;TrustServerCertificate=True" }'),
    form("go struct pointer", '&config.DB{Host:"db", User:"app", Passwd:"@@", Port:5432}'),
    form("rust reqwest", 'Request { headers: {"authorization": "Token @@"} }', made(36)),
    form("elixir", '[hostname: "db", username: "app", password: "@@", pool: 5]'),
    form("flask", "app.config['SECRET_KEY'] = '@@'", made(32)),
    form("fastapi validation", "{'type': 'string_too_short', 'loc': ('body', 'password'), 'input': '@@'}"),
    form("pydantic repr", "Settings(db_user='app', db_password='@@', debug=False)"),
    form("airflow", "Connection: conn_id=db, login=app, password=@@, extra={}"),
    form("kafka connect", "connection.password = @@"),
    form("logstash", 'password => "@@"\n  user => "elastic"'),
    form("prometheus", "basic_auth:\n  username: p\n  password: @@"),
    form("alertmanager", "smtp_auth_password: '@@'"),
    form("grafana ini", "admin_password = @@"),
    form("haproxy", "user ann insecure-password @@"),
    form("nginx header", 'proxy_set_header X-Api-Key "@@";', made(40)),
    form("nginx basic", 'proxy_set_header Authorization "Basic @@";', base64.b64encode(b"ann:harbor-7x2-Lk").decode()),
    form("envoy access", '"x-goog-iap-jwt-assertion":"@@"', made(80)),
    form("traefik label", "traefik.http.middlewares.a.basicauth.users=ann:$$apr1$$abcd1234$$@@", made(22)),
    form("github actions", 'Run echo "::add-mask::@@"'),
    form("gitlab ci", "CI_JOB_TOKEN=@@", made(20, URL)),
    form("terraform plan", '  + master_password = "@@"'),
    form("cloudformation", "ParameterKey=DBPassword,ParameterValue=@@"),
    form("ecs task", json.dumps({"environment": [{"name": "STRIPE_SECRET", "value": "@@"}]})),
    form("systemd", 'Environment="SMTP_PASSWORD=@@"'),
    form("crontab", "* * * * * PGPASSWORD='@@' pg_dump shop"),
    form("ps line", "root 1 0.0 mysqldump -uroot -p@@ shop"),
    form("rsync", "RSYNC_PASSWORD=@@ rsync -a x y"),
    form("restic", "RESTIC_PASSWORD=@@ restic backup"),
    form("borg", "BORG_PASSPHRASE='@@' borg create"),
    form("ssh askpass", "ann@web-1's password: @@"),
    form("sudo", "echo @@ | sudo -S systemctl restart x"),
    form("net user", "net user ann @@ /add"),
    form("powershell secure", 'ConvertTo-SecureString "@@" -AsPlainText -Force'),
    form("msbuild", "msbuild /p:Password=@@ /t:publish"),
    form("oauth response", json.dumps({"access_token": "@@", "expires_in": 3600}), made(40)),
    form("device code", "device_code=@@&client_id=x", made(40)),
    form("client assertion", "client_assertion=@@", made(90)),
    form("magic link", "GET /login/verify?magic_token=@@", made(32)),
    form("reset link", "https://shop.example/reset-password/@@", made(32)),
    form("invite", "https://shop.example/accept?invitation_token=@@", made(24)),
    form("unsubscribe sig", "https://cdn.example/f?Expires=1&Signature=@@&Key-Pair-Id=K", made(80)),
    form("firebase fcm", "Authorization: key=AAAA" + made(7) + ":@@", "APA91b" + made(134, URL)),
    form("ldap bind", "ldap_bind: dn=cn=admin,dc=x pw=@@"),
    form("mongo shell auth", "db.auth('app', '@@')"),
    form("create user", "CREATE USER 'app'@'%' IDENTIFIED WITH mysql_native_password BY '@@'"),
    form("pg role", "ALTER USER app WITH ENCRYPTED PASSWORD '@@';"),
    form("clickhouse", "clickhouse-client --user app --password=@@"),
    form("redis config", "requirepass @@"),
    form("redis acl", "ACL SETUSER ann on >@@ ~* +@all"),
    form("rabbit definition", '{"name":"ann","password_hash":"@@"}', made(48)),
    form("minio", "mc alias set x https://s3.example ann @@"),
    form("s3cmd", "secret_key = @@", made(40)),
    form("rclone", "pass = @@", made(32, URL)),
    form("vapid", "VAPID_PRIVATE=@@", made(43, URL)),
    form("hmac base", "hmac_key: @@", made(44)),
    form("signing salt", 'signing_salt: "@@"', made(8)),
    form("cookie key", "cookieSecret: '@@'", made(40)),
    form("totp seed", "totp_secret=@@", made(32, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")),
    form("backup codes", "recovery codes: @@", made(5, LOW) + "-" + made(5, LOW)),
]  # fmt: skip

THIRD: list[Form] = [*ISSUED, *KEYED]
