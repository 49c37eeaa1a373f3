"""fabric over many hosts, as its documentation says: a ThreadingGroup. Run by the peers' own interpreter."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

from fabric import Config, Connection  # type: ignore[import-not-found]
from fabric.exceptions import GroupException  # type: ignore[import-not-found]
from fabric.group import ThreadingGroup  # type: ignore[import-not-found]
from paramiko import RejectPolicy  # type: ignore[import-untyped]


def main(plan: dict[str, Any]) -> int:
    """Run the command on all hosts; return the number of hosts on which its exit status was 0."""
    config = Config(overrides={"load_ssh_configs": False, "run": {"hide": True, "in_stream": False}})
    keys = {"key_filename": plan["key"], "look_for_keys": False, "allow_agent": False}
    connections = []
    for host in plan["hosts"]:
        connection = Connection(
            host["address"], user=host["user"], port=host["port"], config=config, connect_kwargs=keys
        )
        connection.client.load_host_keys(plan["known_hosts"])
        connection.client.set_missing_host_key_policy(RejectPolicy())
        connections.append(connection)
    group = ThreadingGroup.from_connections(connections)
    try:
        results = group.run(plan["shell"], warn=True)
    except GroupException as failed:
        results = failed.result
        for error in {repr(error) for error in results.failed.values()}:
            print(error, file=sys.stderr)
    fine: int = sum(result.ok for result in results.succeeded.values())
    group.close()
    return fine


if __name__ == "__main__":
    start, used = perf_counter(), process_time()
    print("ok", main(json.loads(Path(sys.argv[1]).read_text())), perf_counter() - start, process_time() - used)
