"""The features that projects are made of: each writes its part into the draft of a release.

Knows: compose files as people write them. Must not know: what a rollback does.
A feature's content is read by a service when it starts, so that old bytes show, wherever they come from.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable

from tests.equivalence.drafting import DOCKERFILE, START, Draft, File
from tests.equivalence.yamltext import Anchored, Merged

Feature = Callable[[Draft], None]
WORDS: dict[str, Feature] = {}
"""Features of the way in which the team deploys, the same for each release."""
PARTS: dict[str, Feature] = {}
"""Features that a release has or does not have."""
CARRIERS: set[str] = {"image"}
"""Features whose content reaches the service `web`, so that it can break through them."""
TREE: set[str] = set()
"""Features that need no container: they are for the team's own commands too."""


def words(feature: Feature) -> Feature:
    """Register what a team says."""
    WORDS[feature.__name__] = feature
    return feature


def part(feature: Feature) -> Feature:
    """Register what a release has."""
    PARTS[feature.__name__] = feature
    return feature


def carrier(feature: Feature) -> Feature:
    """Register what a release has and `web` reads."""
    CARRIERS.add(feature.__name__)
    return part(feature)


def base(draft: Draft) -> None:
    """The walk without features: one service, one image, one port."""
    draft.put("start.sh", START, executable=True)
    draft.put("src/text", f"{draft.text('image')}\n")
    draft.put("Dockerfile", DOCKERFILE)
    draft.put("README.md", "A service.\n")
    if draft.release == "A":
        # The bad release stopped tracking these, as teams do once a host has its own.
        for name in ("local.json", "ignored.json", "cache"):
            draft.put(f"settings/{name}", "an example\n")
    else:
        draft.ignored += ["/settings/ignored.json", "/settings/cache"]
    web = draft.built("web")
    web["ports"] = [f"127.0.0.1:{draft.port}:8080"]
    if draft.project.naming == "tag":
        draft.words.setdefault("variables", {})["TAG"] = "the tag"


def worker(draft: Draft) -> str:
    """A second service, where the features ask for one."""
    draft.service("worker")
    return "worker"


# Files and words


@carrier
def override(draft: Draft) -> None:
    """An override file that compose takes by itself."""
    draft.others["compose.override.yaml"] = {"services": {"web": {"environment": {"OVERRIDE": draft.text("override")}}}}


@words
def second_file(draft: Draft) -> None:
    """A second `-f`, with which the override is not taken."""
    draft.others["compose.prod.yaml"] = {
        "services": {"web": {"labels": {"stage": "production"}, "environment": {"STAGE": draft.text("second_file")}}}
    }
    draft.say("files", draft.project.file, "compose.prod.yaml")


@words
def host_file(draft: Draft) -> None:
    """A compose file that the host alone has."""
    draft.host["compose.host.yaml"] = 'services:\n  web:\n    environment:\n      HOSTED: "yes"\n'
    draft.say("files", draft.project.file, "compose.host.yaml")


@words
def site_file(draft: Draft) -> None:
    """A compose file outside the checkout."""
    path = f"{draft.ops}/compose.site.yaml"
    draft.host[path] = 'services:\n  web:\n    environment:\n      SITE: "berlin"\n'
    draft.say("files", draft.project.file, path)


@words
def env_file_word(draft: Draft) -> None:
    """`--env-file` with a file of the host."""
    draft.host[".env.production"] = "DB_URL=postgres://production\n"
    draft.env("web", DB="${DB_URL:-none}")
    draft.say("env_files", *([".env"] if draft.has("dotenv") else []), ".env.production")


@words
def dotenv(draft: Draft) -> None:
    """The `.env` that compose reads by itself."""
    draft.host[".env"] = draft.host.get(".env", "") + "GREETING=hello from the host\n"
    draft.env("web", GREETING="${GREETING:-none}")
    if draft.has("env_file_word"):
        draft.say("env_files", ".env", ".env.production")


@words
def dotenv_profiles(draft: Draft) -> None:
    """A profile that `.env` names."""
    draft.host[".env"] = draft.host.get(".env", "") + "COMPOSE_PROFILES=extra\n"
    draft.service("extra")["profiles"] = ["extra"]
    if draft.has("env_file_word"):
        draft.say("env_files", ".env", ".env.production")


@words
def profiles(draft: Draft) -> None:
    """A service that `--profile` starts, and one that nobody asks for."""
    draft.service("jobs")["profiles"] = ["jobs"]
    draft.service("debug")["profiles"] = ["debug"]
    draft.say("profiles", "jobs")


@words
def scale(draft: Draft) -> None:
    """Two of a service by `--scale`."""
    draft.words.setdefault("scale", {})[worker(draft)] = 2


@words
def exported(draft: Draft) -> None:
    """A variable in the shell of whoever deploys."""
    draft.words.setdefault("variables", {})["MODE"] = "production"
    draft.env("web", MODE="${MODE:-development}")


# Environment and content


@carrier
def environment(draft: Draft) -> None:
    """A plain variable."""
    draft.env("web", PLAIN=draft.text("environment"))


@carrier
def env_file(draft: Draft) -> None:
    """A tracked `env_file`."""
    draft.put("app.env", f"APP={draft.text('env_file')}\n")
    draft.web.setdefault("env_file", []).append("./app.env")


@part
def env_file_host(draft: Draft) -> None:
    """An `env_file` of the host."""
    draft.host["secret.env"] = "PASSWORD=from the host\n"
    draft.web.setdefault("env_file", []).append("./secret.env")


@carrier
def configs(draft: Draft) -> None:
    """A config from a file."""
    draft.put("conf/config.txt", f"{draft.text('configs')}\n")
    draft.compose.setdefault("configs", {})["app"] = {"file": "./conf/config.txt"}
    draft.web.setdefault("configs", []).append({"source": "app", "target": "/mnt/config.txt"})


@carrier
def configs_inline(draft: Draft) -> None:
    """A config whose text stands in the compose file."""
    draft.compose.setdefault("configs", {})["inline"] = {"content": f"{draft.text('configs_inline')}\n"}
    draft.web.setdefault("configs", []).append({"source": "inline", "target": "/mnt/inline.txt"})


@carrier
def secrets(draft: Draft) -> None:
    """A secret from a tracked file."""
    draft.put("secret/token.txt", f"{draft.text('secrets')}\n")
    draft.compose.setdefault("secrets", {})["token"] = {"file": "./secret/token.txt"}
    draft.web.setdefault("secrets", []).append("token")


@part
def secrets_host(draft: Draft) -> None:
    """A secret from a file of the host."""
    draft.host["secret/host.txt"] = "only the host knows\n"
    draft.compose.setdefault("secrets", {})["host"] = {"file": "./secret/host.txt"}
    draft.web.setdefault("secrets", []).append("host")


@carrier
def bind_file(draft: Draft) -> None:
    """One file, mounted."""
    draft.put("conf/app.conf", f"{draft.text('bind_file')}\n")
    draft.mount("web", "./conf/app.conf:/mnt/app.conf:ro")


@carrier
def bind_folder(draft: Draft) -> None:
    """A folder, mounted, with a file that one release alone has when it changes."""
    draft.put("conf.d/one.conf", f"{draft.text('bind_folder')}\n")
    if draft.release == "B" and "bind_folder" in draft.project.changed:
        draft.put("conf.d/two.conf", "more\n")
    draft.mount("web", "./conf.d:/mnt/conf.d:ro")


@part
def volume(draft: Draft) -> None:
    """A named volume, into which the team puts data."""
    draft.compose.setdefault("volumes", {})["data"] = {}
    draft.mount("web", "data:/vol")


@part
def worker_mounts(draft: Draft) -> None:
    """A second service that reads mounted bytes of its own."""
    draft.put("conf/worker.conf", f"{draft.text('worker_mounts')}\n")
    draft.mount(worker(draft), "./conf/worker.conf:/mnt/worker.conf:ro")


# Compose files


@carrier
def extends(draft: Draft) -> None:
    """A service of another file, extended."""
    draft.others["common.yaml"] = {"services": {"common": {"environment": {"COMMON": draft.text("extends")}}}}
    draft.web["extends"] = {"file": "common.yaml", "service": "common"}


@part
def include(draft: Draft) -> None:
    """A compose file that is included, with a mounted file beside it."""
    draft.put("more/more.conf", f"{draft.text('include')}\n")
    draft.others["more/compose.yaml"] = {
        "services": {
            "more": {
                "image": "flightrules-sandbox-base:1",
                "init": True,
                "command": ["sh", "-c", "mkdir /seen; cp -R /mnt /seen/; exec httpd -f -p 8080"],
                "volumes": ["./more.conf:/mnt/more.conf:ro"],
            }
        }
    }
    draft.compose["include"] = ["more/compose.yaml"]


@carrier
def anchors(draft: Draft) -> None:
    """Environment that two services share by an anchor."""
    draft.compose["x-shared"] = Anchored("shared", {"SHARED": draft.text("anchors")})
    draft.service(worker(draft))
    draft.words.setdefault("anchored", ["web", "worker"])


@carrier
def build_args(draft: Draft) -> None:
    """A build argument that ends in the image's environment."""
    draft.web["build"].setdefault("args", {})["FLAVOUR"] = draft.text("build_args")
    dockerfile(draft, 'ARG FLAVOUR=none\nENV FLAVOUR="$FLAVOUR"\n')


@part
def several_dockerfiles(draft: Draft) -> None:
    """A second image from a second Dockerfile."""
    draft.put("worker/text", f"{draft.text('several_dockerfiles')}\n")
    draft.put("worker.Dockerfile", DOCKERFILE.replace("COPY src", "COPY worker"))
    draft.built(worker(draft), dockerfile="worker.Dockerfile")


@part
def context_folder(draft: Draft) -> None:
    """An image built in a folder of its own."""
    draft.put(
        "side/Dockerfile", 'FROM flightrules-sandbox-base:1\nCOPY text /app/text\nCMD ["httpd", "-f", "-p", "80"]\n'
    )
    draft.put("side/text", f"{draft.text('context_folder')}\n")
    draft.built("side")["build"] = "./side"


@part
def shared_image(draft: Draft) -> None:
    """Two services from one image, which one of them builds."""
    sister = draft.service("sister")
    sister.pop("command")
    if draft.project.naming == "default":
        sister["image"] = f"{draft.name}-web"
        sister["pull_policy"] = "never"
        sister["depends_on"] = ["web"]
    else:
        sister["image"] = draft.image("web")


@part
def modes_and_links(draft: Draft) -> None:
    """An executable and a link, tracked, in the image."""
    draft.put("src/tool", "#!/bin/sh\necho tool\n", executable=draft.text("modes_and_links").endswith("A"))
    draft.files["src/link"] = File(link="text" if draft.text("modes_and_links").endswith("A") else "tool")


@part
def dockerignore(draft: Draft) -> None:
    """Files of the context that stay out of the image."""
    draft.put(".dockerignore", "src/notes\n.git\n")
    draft.put("src/notes", f"{draft.text('dockerignore')}\n")


def dockerfile(draft: Draft, more: str) -> None:
    """Add lines to the Dockerfile of `web`."""
    text = draft.files["Dockerfile"].content
    draft.put("Dockerfile", text.replace("CMD ", f"{more}CMD "))


# Health and order


_WGET = "wget -q -O /dev/null http://127.0.0.1:8080/health"


@part
def health_exec(draft: Draft) -> None:
    """A health check by words."""
    _health(draft, ["CMD", *_WGET.split()], interval="1s", retries=2)


@part
def health_shell(draft: Draft) -> None:
    """A health check by a shell line, with some time to start."""
    _health(draft, ["CMD-SHELL", f"{_WGET} || exit 1"], interval="1s", start_period="2s", retries=3)


@part
def health_image(draft: Draft) -> None:
    """A health check that the image brings."""
    dockerfile(draft, f"HEALTHCHECK --interval=1s --retries=2 CMD {_WGET}\n")


@part
def health_slow(draft: Draft) -> None:
    """A service that needs some seconds until it is healthy."""
    dockerfile(draft, "ENV START_DELAY=4\n")
    _health(draft, ["CMD", *_WGET.split()], interval="1s", start_period="30s", retries=2)


@part
def health_off(draft: Draft) -> None:
    """A health check of the image, switched off in the compose file."""
    dockerfile(draft, "HEALTHCHECK --interval=1s CMD false\n")
    draft.web["healthcheck"] = {"disable": True}


def _health(draft: Draft, test: list[str], **more: object) -> None:
    draft.web["healthcheck"] = {"test": test, "timeout": "5s", **more}


@part
def depends_healthy(draft: Draft) -> None:
    """A service that waits for the health of another."""
    keeper = draft.service("store")
    keeper["healthcheck"] = {"test": ["CMD-SHELL", "true"], "interval": "1s"}
    _depends(draft, "web", "store", "service_healthy")


@part
def depends_started(draft: Draft) -> None:
    """A service that is restarted with another."""
    _depends(draft, worker(draft), "web", "service_started", restart=True)


@part
def init_container(draft: Draft) -> None:
    """A container that must end before the service starts."""
    init = draft.service("prepare")
    init["command"] = ["sh", "-c", "mkdir -p /seen; cp -R /mnt /seen/; exit 0"]
    init["restart"] = "no"
    draft.put("conf/prepare.conf", f"{draft.text('init_container')}\n")
    draft.mount("prepare", "./conf/prepare.conf:/mnt/prepare.conf:ro")
    _depends(draft, "web", "prepare", "service_completed_successfully")


def _depends(draft: Draft, service: str, on: str, condition: str, **more: object) -> None:
    wants = draft.service(service).setdefault("depends_on", {})
    wants[on] = {"condition": condition, **more}


@part
def restart_always(draft: Draft) -> None:
    """A service that is always restarted."""
    draft.web["restart"] = "always"


@part
def restart_on_failure(draft: Draft) -> None:
    """A service that is restarted where it failed."""
    draft.service(worker(draft))["restart"] = "on-failure:3"


# What a container is


@part
def labels(draft: Draft) -> None:
    """A label of the project's own."""
    draft.web.setdefault("labels", {})["example.release"] = draft.text("labels")


@part
def user(draft: Draft) -> None:
    """A user of its own."""
    draft.web["user"] = "1000:1000" if draft.text("user").endswith("A") else "1001:1001"


@part
def entrypoint(draft: Draft) -> None:
    """An entrypoint and a working folder of its own."""
    draft.web["entrypoint"] = ["sh", "/start.sh"]
    draft.web["working_dir"] = "/tmp"  # noqa: S108 - in a container


@part
def hardening(draft: Draft) -> None:
    """Limits and rights of a container."""
    draft.service(worker(draft)).update(
        cap_drop=["NET_RAW"],
        mem_limit="64m" if draft.text("hardening").endswith("A") else "32m",
        ulimits={"nofile": 1024},
        extra_hosts=["db.internal:10.0.0.7"],
        shm_size="32m",
        stop_signal="SIGTERM",
        logging={"driver": "json-file", "options": {"max-size": "1m"}},
        tmpfs=["/scratch"],
        hostname="worker-host",
    )


@part
def container_name(draft: Draft) -> None:
    """A container with a name of its own."""
    draft.service("named")["container_name"] = f"{draft.name}-by-name"


@part
def networks(draft: Draft) -> None:
    """Two networks, and another name in one."""
    draft.compose["networks"] = {"front": {}, "back": {"internal": True}}
    draft.web["networks"] = {"front": None, "back": {"aliases": ["api"]}}
    draft.service(worker(draft))["networks"] = ["back"]


@part
def sidecar(draft: Draft) -> None:
    """A service in the network of another."""
    draft.service("sidecar").update(network_mode="service:web", command=["sh", "-c", "exec sleep 1000000"])


@part
def replicas(draft: Draft) -> None:
    """Two of a service by the compose file."""
    draft.service("pool")["deploy"] = {"replicas": 2}


# What needs no container


@carrier
def submodule_mounted(draft: Draft) -> None:
    """A submodule whose content a service sees."""
    draft.libs["vendor/lib"] = f"{draft.text('submodule_mounted')}\n"
    draft.mount("web", "./vendor/lib:/mnt/lib:ro")


@carrier
def submodule_copied(draft: Draft) -> None:
    """A submodule whose content lies in the image."""
    draft.libs["src/kit"] = f"{draft.text('submodule_copied')}\n"


@part
def ignored_data(draft: Draft) -> None:
    """A folder of the host's own that git ignores and a service writes to."""
    draft.host["data/orders.db"] = "ten thousand orders\n"
    draft.mount("web", "./data:/mnt/data")


@carrier
def nested_submodule(draft: Draft) -> None:
    """A submodule in a submodule, both of which end up where the service reads."""
    draft.libs["src/outer"] = f"{draft.text('nested_submodule')}\n"
    draft.nested.add("src/outer")


@carrier
def filtered(draft: Draft) -> None:
    """A file that git changes when it checks it out, by a filter of this host's settings."""
    draft.attributes.append("src/filtered.txt filter=turn")
    draft.put("src/filtered.txt", codecs.encode(f"{draft.text('filtered')}\n", "rot13"))


@carrier
def crlf(draft: Draft) -> None:
    """A file whose lines end otherwise in the work tree."""
    draft.attributes.append("src/crlf.txt text eol=crlf")
    draft.put("src/crlf.txt", f"{draft.text('crlf')}\nsecond line\n")


@part
def strange_names(draft: Draft) -> None:
    """Names with blanks, quotes and letters of other scripts."""
    draft.put('src/na\u00efve "name" $HOME.txt', f"{draft.text('strange_names')}\n")
    draft.put("src/-dash/ blank", f"{draft.text('strange_names')}\n")


@part
def file_becomes_folder(draft: Draft) -> None:
    """A path that is a file in one release and a folder in the other, where it changes."""
    changed = draft.release == "B" and "file_becomes_folder" in draft.project.changed
    draft.put("src/shape/inner" if changed else "src/shape", "content\n")


@words
def on_a_branch(draft: Draft) -> None:
    """A checkout that stands on a branch, as `git pull` leaves it."""
    draft.git.add("branch")


@words
def shallow(draft: Draft) -> None:
    """A clone without history."""
    draft.git.add("shallow")


@words
def git_worktree(draft: Draft) -> None:
    """A checkout that is a worktree of a bare repository."""
    draft.git.add("worktree")


TREE |= {
    *("submodule_copied", "ignored_data", "modes_and_links", "nested_submodule", "filtered", "crlf", "strange_names"),
    *("file_becomes_folder", "on_a_branch", "shallow", "git_worktree"),
}
ALL: dict[str, Feature] = {**WORDS, **PARTS}


def drafted(draft: Draft) -> Draft:
    """Write each feature of the release into its draft."""
    base(draft)
    for name in sorted(draft.project.has(draft.release), key=list(ALL).index):
        ALL[name](draft)
    for name in draft.words.pop("anchored", ()):
        service = draft.service(name)
        service["environment"] = Merged("shared", service.get("environment", {}))
    return draft
