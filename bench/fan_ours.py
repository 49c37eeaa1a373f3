"""Our side of a fan-out, in a process of its own: `python -m bench.fan_ours PLAN command|probes`.

It prints `ok COUNT SECONDS CPU`.
`command` runs the words on every host through the SSH adapter; `probes` collects evidence as `assess` does.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

from flightrules.adapters.handshakes import Handshakes
from flightrules.adapters.ssh import SshHost
from flightrules.errors import Unavailable
from flightrules.state.target import Host

LIMIT_S = 100.0


async def command(hosts: list[Host], words: list[str]) -> int:
    """Return the number of hosts that ran a command with exit status 0."""
    handshakes = Handshakes()
    opened = [SshHost(host, handshakes=handshakes) for host in hosts]
    ended = await asyncio.gather(*(host.run(words, limit_s=LIMIT_S) for host in opened), return_exceptions=True)
    await asyncio.gather(*(host.close() for host in opened))
    for end in ended:
        if isinstance(end, Unavailable):
            print(end, file=sys.stderr)
    return sum(not isinstance(end, BaseException) and end.status == 0 for end in ended)


async def probes(hosts: list[Host], app_dir: str, wanted: list[str]) -> int:
    """Return the number of hosts that gave all the evidence asked for, read and bounded."""
    from flightrules.adapters.clock import SystemClock
    from flightrules.adapters.production import SshProduction
    from flightrules.state.target import CommandsRuntime, Target

    runtime = CommandsRuntime(status=("true",), logs=("true",), restart=("true",))
    target = Target(
        name="fan", hosts=tuple(hosts), app_dir=app_dir, runtime=runtime, health_url="http://127.0.0.1:9/health"
    )
    production = SshProduction(target, SystemClock())
    found = await production.collect(wanted, limit_s=LIMIT_S)
    await production.close()
    for finding in found:
        if not finding.readable:
            print(finding.probe, finding.why, file=sys.stderr)
    return sum(finding.readable for finding in found) // len(wanted)


def main(plan: dict[str, Any], mode: str) -> int:
    """Do what the plan says."""
    hosts = [Host.model_validate(fields) for fields in plan["hosts"]]
    if mode == "probes":
        return asyncio.run(probes(hosts, plan["app_dir"], plan["probes"]))
    return asyncio.run(command(hosts, ["sh", "-c", plan["shell"]]))


if __name__ == "__main__":
    import asyncssh  # noqa: F401 - a server has it long before an incident; it counts as start

    start, used = perf_counter(), process_time()
    fine = main(json.loads(Path(sys.argv[1]).read_text()), sys.argv[2])
    print("ok", fine, perf_counter() - start, process_time() - used)
