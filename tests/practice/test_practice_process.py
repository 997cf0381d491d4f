"""As a process of its own: one line, a clean end, memory that stays flat, nothing lost by kill -9."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from tests.practice.conftest import bot_at

ROOT = Path(__file__).resolve().parents[2]
FILM_BYTES = 49_000_000
MB = 1 << 20


@asynccontextmanager
async def running(home: Path, *more: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "publisher.practice", "--home", str(home), "--port", "0", *more,
        cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        line = (await asyncio.wait_for(process.stdout.readline(), 20)).decode()
        yield process, re.search(r"http://[\d.:]+\d", line)[0]
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


def memory(process: asyncio.subprocess.Process, field: str) -> int:
    """Bytes of VmRSS or VmHWM."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(re.search(rf"{field}:\s+(\d+) kB", status)[1]) * 1024


async def pieces() -> AsyncIterator[bytes]:
    """A multipart body with a film, made piece by piece."""
    yield b'--b\r\nContent-Disposition: form-data; name="chat_id"\r\n\r\n@akkaiyn\r\n'
    yield b'--b\r\nContent-Disposition: form-data; name="video"; filename="a.mp4"\r\nContent-Type: video/mp4\r\n\r\n'
    for _ in range(FILM_BYTES // 100_000):
        yield bytes(100_000)
    yield b"\r\n--b--\r\n"


@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="needs /proc")
async def test_a_film_of_49_mb_is_taken_without_growing(tmp_path):
    async with running(tmp_path, "--no-residents") as (process, base), httpx.AsyncClient(timeout=60) as http:
        await http.post(f"{base}/practice/api/chats", json={"kind": "channel", "title": "А", "username": "akkaiyn"})
        before = memory(process, "VmRSS")
        headers = {"Content-Type": "multipart/form-data; boundary=b"}
        reply = await http.post(f"{base}/bot1:x/sendVideo", content=pieces(), headers=headers)
        assert reply.json()["result"]["video"]["file_size"] == FILM_BYTES
        assert memory(process, "VmHWM") - before < 25 * MB


async def test_everything_accepted_stands_there_after_kill_9(tmp_path):
    async with running(tmp_path, "--relaxed-rates", "--no-residents") as (process, base):
        async with httpx.AsyncClient(base_url=base) as http:
            await http.post("/practice/api/chats", json={"kind": "channel", "title": "А", "username": "akkaiyn"})
            for n in range(30):
                await http.post("/bot1:x/sendMessage", data={"chat_id": "@akkaiyn", "text": str(n)})
        process.send_signal(signal.SIGKILL)
        await process.wait()
    async with running(tmp_path, "--relaxed-rates", "--no-residents") as (_process, base):
        async with httpx.AsyncClient(base_url=base) as http:
            judged = (await http.get("/practice/api/judge", params={"chat": "@akkaiyn"})).json()["chats"]
            counters = (await http.get("/practice/api/counters")).json()["counters"]
        async with bot_at(base) as bot:
            assert (await bot.send_message("@akkaiyn", "келесі")).message_id == 31
    (found,) = judged.values()
    assert found["texts"] == {str(n): 1 for n in range(30)}
    assert counters["telegram sendMessage"] == 30


async def test_sigterm_ends_it_cleanly_and_quickly(tmp_path):
    async with running(tmp_path) as (process, _base):
        process.send_signal(signal.SIGTERM)
        _out, errors = await asyncio.wait_for(process.communicate(), 5)
        assert (process.returncode, errors) == (0, b"")


async def test_a_taken_port_is_told_in_one_line(tmp_path):
    async with running(tmp_path / "one") as (_process, base):
        port = base.rpartition(":")[2]
        second = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "publisher.practice", "--home", str(tmp_path / "two"), "--port", port,
            cwd=ROOT, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        _out, errors = await asyncio.wait_for(second.communicate(), 20)
    assert second.returncode == 1
    assert f"cannot listen on port {port}" in errors.decode()


async def test_dropped_answers_are_asked_for_on_the_command_line(tmp_path):
    options = ("--drop", "1", "--relaxed-rates", "--no-residents")
    async with running(tmp_path, *options) as (_process, base), httpx.AsyncClient(base_url=base) as http:
        await http.post("/practice/api/chats", json={"kind": "channel", "title": "А", "username": "akkaiyn"})
        with pytest.raises(httpx.RemoteProtocolError):
            await http.post("/bot1:x/sendMessage", data={"chat_id": "@akkaiyn", "text": "Сәлем"})
        assert (await http.get("/bot1:x/getMe")).json()["ok"]
        judged = (await http.get("/practice/api/judge")).json()["chats"]
    assert [chat["texts"] for chat in judged.values()] == [{"Сәлем": 1}]
