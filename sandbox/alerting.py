"""Debian's Prometheus and Alertmanager on loopback, with one rule, sending its alert to an address.

Knows: both programs, their flags, and short times. Must not know: what is measured, or what becomes of an alert.
"""

from __future__ import annotations

import json
from pathlib import Path

from sandbox.monitoring import answers
from sandbox.process import Started, start
from sandbox.ssh import free_port

PROGRAMS = ("prometheus", "prometheus-alertmanager")


class Alerting:
    """Both programs in one folder; what they know stays there."""

    def __init__(self, folder: Path, *, scraped: str, receiver: str, secret: str) -> None:
        """`scraped` is HOST:PORT of a page at /metrics, `receiver` the address of the webhook."""
        self._folder = folder
        self._ports = {program: free_port() for program in PROGRAMS}
        self._processes: dict[str, Started] = {}
        folder.mkdir(parents=True, exist_ok=True)
        self._write("alertmanager.yml", _routing(receiver, secret))
        self._write("rules.yml", RULES)
        self._write("prometheus.yml", self._scraping(scraped))

    def _write(self, name: str, content: object) -> None:
        (self._folder / name).write_text(json.dumps(content))  # JSON is YAML

    def _scraping(self, scraped: str) -> dict[str, object]:
        alertmanager = f"127.0.0.1:{self._ports['prometheus-alertmanager']}"
        return {
            "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
            "rule_files": [str(self._folder / "rules.yml")],
            "alerting": {"alertmanagers": [{"static_configs": [{"targets": [alertmanager]}]}]},
            "scrape_configs": [{"job_name": "shop", "static_configs": [{"targets": [scraped]}]}],
        }

    def start(self) -> None:
        """Start whichever does not run, and return once both answer."""
        flags = {
            "prometheus": (
                f"--config.file={self._folder / 'prometheus.yml'}",
                f"--storage.tsdb.path={self._folder / 'data'}",
                "--rules.alert.resend-delay=1s",
            ),
            "prometheus-alertmanager": (
                f"--config.file={self._folder / 'alertmanager.yml'}",
                f"--storage.path={self._folder / 'alerts'}",
                "--cluster.listen-address=",
            ),
        }
        for program in PROGRAMS:
            if program not in self._processes:
                listen = f"--web.listen-address=127.0.0.1:{self._ports[program]}"
                log = self._folder / f"{program}.log"
                self._processes[program] = start(program, *flags[program], listen, log=log)
        for program, port in self._ports.items():
            answers(f"http://127.0.0.1:{port}/-/ready", of=program)

    def kill(self, program: str) -> None:
        """Kill one of them."""
        self._processes.pop(program).stop(grace_s=0.0)

    def stop(self) -> None:
        """End both."""
        for process in self._processes.values():
            process.stop(grace_s=5.0)
        self._processes.clear()


RULES = {
    "groups": [
        {
            "name": "shop",
            "rules": [
                {
                    "alert": "ShopErrors",
                    "expr": 'sum(increase(http_requests_total{code="500"}[10s])) > 0',
                    "labels": {"flightrules_target": "shop", "severity": "page"},
                    "annotations": {"summary": "requests of the shop fail"},
                }
            ],
        }
    ]
}


def _routing(receiver: str, secret: str) -> dict[str, object]:
    times = {"group_wait": "0s", "group_interval": "1s", "repeat_interval": "1h"}
    hook = {"url": receiver, "send_resolved": True, "http_config": {"authorization": {"credentials": secret}}}
    return {
        "global": {"resolve_timeout": "5s"},
        "route": {"receiver": "flightrules", **times},
        "receivers": [{"name": "flightrules", "webhook_configs": [hook]}],
    }
