"""WhatsApp groups that people run on their phones: people post there for us, and say when they did.

The safe default: nothing automatic touches WhatsApp. The connector only knows the limits; handing out and taking note
is the work of `publisher.relay`. A delivery counts as sent when a person says so, and never before.
"""

from __future__ import annotations

from typing import ClassVar, Literal

import httpx
from pydantic import Field

from publisher.connectors.base import NEVER, Connector, Description, Limits, Metric, Settings, Target

DESCRIPTION = Description(
    key="whatsapp_relay",
    label="WhatsApp",
    markup="marks",
    by_people=True,
    limits=Limits(
        text=4096,
        caption=1024,
        units="characters",
        photo_bytes=5_000_000,
        video_bytes=16_000_000,
        photo_types=frozenset({"image/jpeg", "image/png"}),
        video_types=frozenset({"video/mp4"}),
        edit_within=NEVER,
        withdraw_within=NEVER,
        changes_source="https://faq.whatsapp.com/",
    ),
    metrics=frozenset({Metric.FOLLOWERS, Metric.READ}),
    risks="A post goes out only when a person has time. Numbers are what that person read on the phone.",
)


class WhatsAppRelaySettings(Settings, frozen=True):
    """Minutes after a post was handed out: a reminder, the deputy is asked too, and the end of waiting."""

    type: Literal["whatsapp_relay"]
    api_url: str = ""  # nothing is called
    remind_after: int = Field(20, ge=1, le=1440)
    deputy_after: int = Field(45, ge=1, le=1440)
    give_up_after: int = Field(180, ge=5, le=4320)


class WhatsAppRelay(Connector):
    description: ClassVar[Description] = DESCRIPTION
    settings_type: ClassVar[type[Settings]] = WhatsAppRelaySettings

    def __init__(self, settings: Settings, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        assert isinstance(settings, WhatsAppRelaySettings)
        self.settings = settings

    async def check(self, target: str = "") -> Target:
        """Nobody can be asked: the group's name, as people gave it, is all there is."""
        return Target(target, target, "group")
