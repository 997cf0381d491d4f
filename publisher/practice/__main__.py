"""`python -m publisher.practice`: the practice platforms as a process of their own."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from pathlib import Path

from publisher.practice.server import Practice


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="publisher.practice", description="Practice platforms: a local stand-in for Telegram and WhatsApp."
    )
    parser.add_argument("--home", type=Path, default=Path("var/practice"), help="where everything is kept")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8081, help="0 takes a free one")
    parser.add_argument("--relaxed-rates", action="store_true", help="without the platforms' speed limits")
    parser.add_argument(
        "--drop", type=float, default=0.0, metavar="SHARE", help="answers lost after accepting, e.g. 0.02"
    )
    parser.add_argument("--no-residents", action="store_true", help="nobody looks, reacts or votes")
    parser.add_argument("--time-scale", type=float, default=60.0, help="seconds that pass for residents in one of ours")
    parser.add_argument("--seed", type=int, default=0, help="the same seed makes the same residents and losses")
    parser.add_argument("--quiet", action="store_true", help="print nothing")
    return parser.parse_args()


async def _serve(arguments: argparse.Namespace) -> int:
    practice = Practice(
        arguments.home,
        relaxed_rates=arguments.relaxed_rates,
        residents=not arguments.no_residents,
        seed=arguments.seed,
        time_scale=arguments.time_scale,
        drop=arguments.drop,
    )
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    try:
        await practice.start(arguments.host, arguments.port)
    except OSError as problem:
        print(f"Practice platforms cannot listen on port {arguments.port}: {problem.strerror}.", file=sys.stderr)
        return 1
    if not arguments.quiet:
        print(f"Practice platforms listen on {practice.base_url} (chats: {practice.base_url}/practice/)", flush=True)
    await ended.wait()
    await practice.stop()
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(_serve(_arguments())))
