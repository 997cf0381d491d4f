"""Practice mode's WhatsApp on two more roads: a phone at the gateway, and a group in which a person posts."""

from __future__ import annotations

from typing import Any

import httpx
from django.conf import settings

from publisher.connectors.base import Target
from publisher.connectors.linking import Links
from publisher.deliver import channels, consent, phones
from publisher.deliver.border import db
from publisher.deliver.channels import connector_for
from publisher.deliver.models import Account, Channel
from publisher.people.models import District
from publisher.relay import people
from publisher.relay.models import Relay
from publisher.samples import TRAINER

NAMES = {"group": "тұрғындары", "channel": "полициясының арнасы"}
HELPER = "Айгүл"


def accounts_of(kind: str) -> list[str]:
    return [key for key, given in settings.CONFIG.accounts.items() if given.type == kind]


async def start_phones(trainer: httpx.AsyncClient, console_port: int) -> None:
    """At every start: the sessions tell this console's address what happens, and are linked already the first time."""
    for key in accounts_of("whatsapp_gateway"):
        session = settings.CONFIG.accounts[key].session
        known = (await trainer.get(f"/practice/api/phones/{session}")).is_success
        async with connector_for(key) as phone:
            if isinstance(phone, Links):
                await phone.start(f"http://127.0.0.1:{console_port}/hooks/whatsapp/{key}/")
        if not known:
            await trainer.post(f"/practice/api/phones/{session}", json={"do": "link"})


async def open_groups(trainer: httpx.AsyncClient, district: District) -> None:
    for key in accounts_of("whatsapp_gateway"):
        await db(_switch_on, key)
        for kind in NAMES:
            await _open(trainer, district, key, kind)
    for key in accounts_of("whatsapp_relay"):
        chat = {"platform": "telegram", "kind": "private", "title": f"{HELPER} · топқа жариялаушы"}
        made = (await trainer.post("/practice/api/chats", json=chat)).raise_for_status().json()
        await db(_open_by_people, district, key, made["id"])


def _switch_on(key: str) -> None:
    account = Account.objects.get(pk=key)
    consent.accept(account, TRAINER)
    phones.choose(account, TRAINER, fall_back=True, in_use_long=True)


async def _open(trainer: httpx.AsyncClient, district: District, key: str, kind: str) -> None:
    title = f"{district.name_kk} {NAMES[kind]} · жаттығу"
    wanted: dict[str, Any] = {"platform": "gateway", "kind": kind, "title": title, "members": 640}
    made = (await trainer.post("/practice/api/chats", json=wanted)).raise_for_status().json()
    found = Target(made["id"], title, "channel" if kind == "channel" else "group", members=made["members"])
    await db(_add, f"{district.key}-phone-{kind}", key, made["id"], district, found)


def _add(name: str, key: str, target: str, district: District, found: Target) -> Channel:
    return channels.add(
        name,
        key,
        target,
        languages=list(settings.CONFIG.site.languages),
        district=district,
        actor=TRAINER,
        platform_kind=found.kind,
        tags=["villages"],
        found=found,
    )


def _open_by_people(district: District, key: str, chat: str) -> None:
    title = f"{district.name_kk}: ауыл топтары · адамдар жариялайды"
    channel = _add(f"{district.key}-people", key, title, district, Target(title, title, "group"))
    helper = people.add(HELPER, district, "kk", "", TRAINER)
    Relay.objects.filter(pk=helper.pk).update(telegram_chat=chat)
    phone_groups = Channel.objects.filter(account__in=accounts_of("whatsapp_gateway"), platform_kind="group")
    for group in (channel, *phone_groups):
        people.put(group, [helper], TRAINER)
