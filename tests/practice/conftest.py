"""A practice server, the real python-telegram-bot and httpx beside it."""

from __future__ import annotations

import io
import os

import httpx
import pytest
from PIL import Image

os.environ.setdefault("PTB_TIMEDELTA", "1")

from telegram import Bot
from telegram.request import HTTPXRequest

from publisher.practice import Practice

TOKEN = "100200300:practice"
NUMBER = "100200300"


def bot_at(base: str, token: str = TOKEN) -> Bot:
    request = HTTPXRequest(read_timeout=10, media_write_timeout=30)
    return Bot(
        token, base_url=f"{base}/bot", base_file_url=f"{base}/file/bot", request=request, get_updates_request=request
    )


@pytest.fixture
async def practice(tmp_path):
    server = Practice(tmp_path / "practice", residents=False, relaxed_rates=True)
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def http(practice):
    async with httpx.AsyncClient(base_url=practice.base_url, timeout=15) as client:
        yield client


@pytest.fixture
async def bot(practice):
    async with bot_at(practice.base_url) as client:
        yield client


@pytest.fixture
def create(practice):
    """Make a chat and give its id."""
    return lambda **wanted: practice.world.chats.create(wanted).id


@pytest.fixture
def channel(create):
    return create(kind="channel", title="Аққайың полициясы", username="akkaiyn", members=1840)


@pytest.fixture
def group(create):
    return create(kind="supergroup", title="Ауыл чаты")


@pytest.fixture
def residents_group(create):
    return create(platform="whatsapp", kind="group", title="Смирново тұрғындары", participants=6)


@pytest.fixture
def texts(practice):
    """What stands in a chat, the oldest first, without service messages."""
    return lambda chat: [m.text for m in practice.world.messages.every(chat) if "service" not in m.body]


@pytest.fixture
def whatsapp(http):
    """Send to the Cloud API: whatsapp(to, type="text", text={…})."""

    async def send(to: str, *, token: str = "100200300:practice", **message: object) -> httpx.Response:
        kind = "group" if not to.isdigit() else "individual"
        body = {"messaging_product": "whatsapp", "recipient_type": kind, "to": to} | message
        return await http.post(f"/v25.0/{NUMBER}/messages", json=body, headers={"Authorization": f"Bearer {token}"})

    return send


@pytest.fixture
def upload(http):
    async def send(content: bytes, mime: str, name: str = "file") -> httpx.Response:
        files = {"file": (name, content, mime), "messaging_product": (None, "whatsapp"), "type": (None, mime)}
        return await http.post(f"/v25.0/{NUMBER}/media", files=files, headers={"Authorization": "Bearer practice"})

    return send


def picture(width: int = 640, height: int = 360, form: str = "JPEG") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), "navy").save(buffer, form)
    return buffer.getvalue()


FILM = b"\0\0\0\x18ftypmp42" + bytes(range(256)) * 40
