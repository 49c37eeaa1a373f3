"""parallel-ssh over many hosts, its C library underneath; it has no way to check host keys."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

from pssh.clients import ParallelSSHClient  # type: ignore[import-not-found]


def main(plan: dict[str, Any]) -> int:
    """Run the command on all hosts; return the number of hosts on which its exit status was 0."""
    first = plan["hosts"][0]
    client = ParallelSSHClient(
        [host["address"] for host in plan["hosts"]],
        user=first["user"],
        port=first["port"],
        pkey=plan["key"],
        allow_agent=False,
        identity_auth=False,
    )
    output = client.run_command(plan["shell"], stop_on_errors=False)
    fine = 0
    for host in output:
        if host.exception is not None:
            print(repr(host.exception), file=sys.stderr)
            continue
        list(host.stdout)
        fine += host.exit_code == 0
    return fine


if __name__ == "__main__":
    start, used = perf_counter(), process_time()
    print("ok", main(json.loads(Path(sys.argv[1]).read_text())), perf_counter() - start, process_time() - used)
