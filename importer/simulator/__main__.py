"""The program: ``python -m importer.simulator --store FILE``. One line of JSON says where it listens."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from importer.simulator.options import Options, SimulatorError, SpecError, credentials, duration
from importer.simulator.server import serve


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m importer.simulator",
        description="A stand-in for a Salesforce org and an IBM Case Manager server, on loopback.",
    )
    parser.add_argument("--store", type=Path, required=True, help="SQLite file that keeps the records")
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 takes a free one")
    parser.add_argument("--latency", type=duration, default=0.0, help="time before each commit, like 50ms")
    parser.add_argument("--faults", default="", help="name=value,… of faults and switches; see README.md")
    parser.add_argument("--seed", type=int, help="seed of the faults; drawn and printed without it")
    parser.add_argument("--credentials", type=credentials, help="USER:PASSWORD; without it any are taken")
    parser.add_argument(
        "--jwt-key", type=Path, help="PEM file of the key or certificate that JWT bearer sign-ins must fit"
    )
    parser.add_argument("--page-token", help="token of the page; drawn without it")
    parser.add_argument(
        "--end-with-parent", action="store_true", help="end when standard input ends; Ctrl-C is ignored"
    )
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until told to stop; give the exit code (0 stopped, 1 cannot start, 2 wrong usage)."""
    os.umask(0o077)  # the store holds whole rows: nobody else reads it
    parser = _parser()
    try:
        given = parser.parse_args(arguments)
    except SpecError as error:
        parser.error(str(error))
    try:
        jwt_key = given.jwt_key.read_text(encoding="utf-8") if given.jwt_key else None
    except (OSError, UnicodeDecodeError) as error:
        sys.stderr.write(f"--jwt-key: {given.jwt_key} cannot be read ({type(error).__name__}).\n")
        return 1
    options = Options(
        store=given.store.expanduser(),
        port=given.port,
        latency=given.latency,
        faults=given.faults,
        seed=given.seed,
        credentials=given.credentials,
        page_token=given.page_token,
        jwt_key=jwt_key,
    )
    try:
        asyncio.run(_run(options, given.end_with_parent))
    except SpecError as error:
        parser.error(str(error))
    except SimulatorError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


async def _run(options: Options, end_with_parent: bool) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop.set))
    if end_with_parent:
        # Ctrl-C reaches the whole group of processes; the parent says when it has drained.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    running = await serve(options)
    sys.stdout.write(json.dumps(running.start_line) + "\n")
    sys.stdout.flush()
    if end_with_parent:
        threading.Thread(target=_wait_for_parent, args=(loop, stop), daemon=True).start()
    await stop.wait()
    await running.stop()


def _wait_for_parent(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    """Read standard input to its end in a thread of its own: all platforms can do that."""
    while os.read(sys.stdin.fileno(), 4096):
        pass
    loop.call_soon_threadsafe(stop.set)


if __name__ == "__main__":
    sys.exit(main())
