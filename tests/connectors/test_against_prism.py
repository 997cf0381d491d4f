"""What the WhatsApp connectors ask, judged by Prism from the platforms' whole documents, where those are at hand.

`WHATSAPP_SPECS` names the folder with waha-openapi-*.json and meta-*.yaml; `PRISM` another command than npx.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
import yaml

from publisher.connectors.base import Message, Poll, Receipt
from publisher.connectors.errors import ConnectorError
from publisher.connectors.whatsapp_cloud import WhatsAppCloud, WhatsAppCloudSettings
from publisher.connectors.whatsapp_gateway import WhatsAppGateway, WhatsAppGatewaySettings
from tests.connectors.practice_stand import film, picture

SPECS = os.environ.get("WHATSAPP_SPECS", "")
PRISM = shlex.split(os.environ.get("PRISM", "npx --yes @stoplight/prism-cli"))
GROUP = "120363001111111111@g.us"
CHANNEL = "120363111111111111@newsletter"
PASSKEY = {
    "id": "x",
    "rawId": "x",
    "type": "public-key",
    "response": {"clientDataJSON": "x", "authenticatorData": "x", "signature": "x"},
}
pytestmark = [
    pytest.mark.thorough,
    pytest.mark.skipif(not SPECS, reason="WHATSAPP_SPECS does not name the folder with the platforms' documents"),
    pytest.mark.skipif(shutil.which(PRISM[0]) is None, reason=f"{PRISM[0]} is not installed"),
]


def set_right(pattern: str, folder: Path) -> Path:
    """The document with what its own examples and prose contradict put right; everything else as it is."""
    (path,) = Path(SPECS).glob(pattern)
    text = path.read_text(encoding="utf-8")
    known = json.loads(text) if path.suffix == ".json" else yaml.load(text, Loader=yaml.CSafeLoader)
    schemas = known["components"]["schemas"]
    if "WebhookConfig" in schemas:  # its example is ["message", "session.status"]
        schemas["WebhookConfig"]["properties"]["events"]["items"] = {"type": "string"}
    if "BaseMessageProperties" in schemas:  # comes back in the status webhooks of the same document
        schemas["BaseMessageProperties"]["properties"]["biz_opaque_callback_data"] = {"type": "string"}
    written = folder / "document.json"
    written.write_text(json.dumps(known, default=str), encoding="utf-8")
    return written


@contextmanager
def prism(pattern: str, folder: Path) -> Iterator[str]:
    document = set_right(pattern, folder)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [*PRISM, "mock", "--port", str(port), "--host", "127.0.0.1", str(document)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        _until_it_listens(port, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(process.pid, 15)
        process.wait(20)


def _until_it_listens(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 120
    while time.monotonic() < until and process.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.3)
    raise AssertionError("Prism does not listen")


@dataclass
class Judged(httpx.AsyncBaseTransport):
    """Remembers what Prism says of each request; `more` are headers that the document wants and no client sends."""

    more: dict[str, str] = field(default_factory=dict)
    inner: httpx.AsyncBaseTransport = field(default_factory=httpx.AsyncHTTPTransport)
    said: list[tuple[str, str, int, str]] = field(default_factory=list)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        for name, value in self.more.items():
            request.headers.setdefault(name, value)
        reply = await self.inner.handle_async_request(request)
        body = (await reply.aread()).decode(errors="replace")
        self.said.append((request.method, request.url.path, reply.status_code, body[:600]))
        return reply

    async def aclose(self) -> None:
        await self.inner.aclose()

    @property
    def refused(self) -> list[tuple[str, str, int, str]]:
        return [one for one in self.said if one[2] >= 300]


async def test_the_gateway_takes_all_that_we_ask(tmp_path):
    judged, receipt = Judged(), Receipt(("true_x_3EB0",))
    with prism("waha-openapi-*.typefix.json", tmp_path) as base:
        async with WhatsAppGateway(
            WhatsAppGatewaySettings(token="t", hook_secret="s", api_url=base), transport=judged
        ) as us:
            steps = [
                us.publish(GROUP, Message("d", "Сәлем", reply_to="true_x_3EB1")),
                us.publish(GROUP, Message("d", poll=Poll("Сұрақ", ("Иә", "Жоқ")))),
                us.publish(GROUP, Message("d", "Сурет", media=(picture(tmp_path),))),
                us.publish(GROUP, Message("d", "Бейне", media=(film(tmp_path),))),
                us.edit(GROUP, receipt, Message("d", "Дұрыс")),
                us.pin(GROUP, receipt),
                us.unpin(GROUP, receipt),
                us.withdraw(GROUP, receipt),
                us.find(GROUP, Message("d", "Сәлем")),
                us.check(),
                us.check(GROUP),
                us.check(CHANNEL),
                us.measure(CHANNEL, receipt),
                us.phone(),
                us.start("https://example.org/hooks/whatsapp/x/"),
                us.qr(),
                us.pairing_code("77010000001"),
                us.passkey(),
                us.give_passkey(PASSKEY),
                us.confirmation(),
                us.confirm(),
                us.places(),
                us.log_out(),
            ]
            for step in steps:
                with suppress(ConnectorError, ValueError):  # what Prism makes up need not make sense
                    await step
    assert judged.refused == [], judged.refused
    assert len(judged.said) >= len(steps)


async def test_meta_takes_all_that_we_ask(tmp_path):
    judged = Judged({"Content-Type": "application/json"})
    settings = {"phone_number_id": "106540352242922", "token": "t", "app_secret": "s", "templates": {"kk": "eskertu"}}
    with prism("meta-business-messaging-api_*.yaml", tmp_path) as base:
        async with WhatsAppCloud(WhatsAppCloudSettings(**settings, api_url=base), transport=judged) as us:
            us._http.headers["User-Agent"] = "publisher/1.0.0"
            steps = [
                us.publish("Y2FwaV9ncm91cA", Message("d", "Сәлем")),
                us.publish("77010000001", Message("d", "Сәлем")),
                us.publish("77010000001", Message("d", "Сәлем", language="kk")),
                us.standing(),
                us.check(),
            ]  # a group is asked for at an address that the document has eleven of: Prism takes it for another

            for step in steps:
                with suppress(ConnectorError, ValueError):
                    await step
    assert judged.refused == [], judged.refused
    assert len(judged.said) >= len(steps)
