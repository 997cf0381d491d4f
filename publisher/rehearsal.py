"""Practice mode: the platforms on this computer, practice channels, and a first film on its way."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, timedelta
from pathlib import Path

import httpx
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from publisher.compose import posts
from publisher.compose.models import Post
from publisher.compose.templates import load
from publisher.config import PRACTICE_CONTROL_CHAT
from publisher.deliver import actions, channels
from publisher.deliver.border import db
from publisher.deliver.models import Channel
from publisher.hotline import samples as call_samples
from publisher.people.models import District
from publisher.practice import Practice
from publisher.rehearsal_whatsapp import open_groups, start_phones
from publisher.render.errors import RenderError
from publisher.render.jobs import render
from publisher.render.scripts import ready_made
from publisher.render.uploads import accept
from publisher.samples import TRAINER, were_removed

log = logging.getLogger(__name__)
TITLES = {"telegram": "Telegram", "whatsapp_cloud": "WhatsApp"}
FILM, WARNING, PROMO = "film-safe-account", "sms-egov-code", "hotline-save-the-number"


class PortTaken(OSError):
    """Another program, often another practice run, has the port."""


@asynccontextmanager
async def platforms() -> AsyncIterator[Practice]:
    """The practice platforms for as long as the program runs. What stood there before stands there again."""
    practice = Practice(settings.HOME.folder("practice"))
    port = settings.CONFIG.server.practice_port
    try:
        await practice.start("127.0.0.1", port)
    except OSError as error:
        hint = "End the other practice run, or set server: practice_port: in config.yaml."
        raise PortTaken(f"The practice platforms cannot listen on port {port} ({error.strerror}). {hint}") from None
    try:
        yield practice
    finally:
        await practice.stop()


async def rehearse(practice: Practice, console_port: int) -> None:
    """Channels at the first start, the webhook at every start, and a first film when nothing was ever posted."""
    async with httpx.AsyncClient(base_url=practice.base_url, timeout=30) as trainer:
        samples = not await db(were_removed)
        await start_phones(trainer, console_port)
        if samples and not await db(Channel.objects.exists):
            await _open_channels(trainer)
        await _open_control_chat(trainer)
        await _register_webhook(trainer, console_port)
        if samples and settings.CONFIG.residents.accounts:
            (await trainer.post("/practice/api/talkers", json={})).raise_for_status()
    if samples and not await db(Post.objects.exists):
        print("Making a short film in Kazakh and Russian …", flush=True)
        await db(first_calls)
        stop = threading.Event()
        try:
            await asyncio.to_thread(first_posts, stop)
        finally:
            stop.set()  # ends a render in the middle when the program is to end
        print("The film is made and on its way to the practice chats.", flush=True)
    await _show_report(console_port)


async def _show_report(console_port: int) -> None:
    """The chief's page of the running week: where to look, and as the PDF that the digest would bring."""
    try:
        monday, paper = await db(_report_on_paper)
    except RenderError as error:
        log.warning("The weekly report could not be made: %s", error)
        return
    page = f"http://127.0.0.1:{console_port}/report/week/?week={monday}"
    print(f"The weekly report: {page} and on paper: {paper}", flush=True)


def _report_on_paper() -> tuple[date, Path]:
    from publisher.report.page_week import week_page
    from publisher.report.pdf import week_pdf
    from publisher.report.weekly import week

    district, now = District.objects.first(), timezone.now()
    today = now.astimezone(district.zone if district else None).date()
    path = settings.HOME.folder("reports") / "week.pdf"
    monday = today - timedelta(days=today.weekday())
    path.write_bytes(week_pdf(week_page(week(district, monday, now), "kk")))
    return monday, path


async def _open_channels(trainer: httpx.AsyncClient) -> None:
    district = await db(District.objects.first)
    if district is None:
        return
    await open_groups(trainer, district)
    people = [{"wa_id": f"7701000{n:04}", "name": name} for n, name in enumerate(("Айгүл", "Ерлан", "Сәуле", "Марат"))]
    wanted = {
        "telegram": {
            "platform": "telegram",
            "kind": "channel",
            "username": f"{district.key}_practice",
            "members": 1240,
        },
        "whatsapp_cloud": {"platform": "whatsapp", "kind": "group", "participants": people},
    }
    for account, config in settings.CONFIG.accounts.items():
        chat = wanted.get(config.type)
        if chat is None:
            continue
        title = f"{district.name_kk} полициясы · {TITLES[config.type]} жаттығуы"
        made = (await trainer.post("/practice/api/chats", json={**chat, "title": title})).raise_for_status().json()
        found = await channels.look_up(account, made["id"])
        key = f"{district.key}-{config.type.split('_')[0]}"
        await db(
            channels.add,
            key,
            account,
            made["id"],
            languages=list(settings.CONFIG.site.languages),
            district=district,
            actor=TRAINER,
            platform_kind="channel" if config.type == "telegram" else "group",
            tags=["residents"],
            found=found,
        )


async def _open_control_chat(trainer: httpx.AsyncClient) -> None:
    """Where tests, notices and questions come. Opened again when it is there already."""
    chat = {"platform": "telegram", "kind": "group", "id": PRACTICE_CONTROL_CHAT, "members": 4}
    title = "Баспасөз қызметі · бақылау чаты"
    (await trainer.post("/practice/api/chats", json={**chat, "title": title})).raise_for_status()


async def _register_webhook(trainer: httpx.AsyncClient, console_port: int) -> None:
    for key, config in settings.CONFIG.accounts.items():
        if config.type == "whatsapp_cloud":
            secrets = {name: getattr(config, name).get_secret_value() for name in ("app_secret", "verify_token")}
            url = f"http://127.0.0.1:{console_port}/hooks/whatsapp/{key}/"
            await trainer.post("/practice/webhook", json={"url": url, **secrets})


def first_calls() -> None:
    """A call centre that has worked for twelve weeks."""
    district = District.objects.first()
    if district is not None:
        call_samples.make(district, TRAINER)


def first_posts(stop: threading.Event) -> None:
    """A film now, a warning now, a promo tomorrow: enough to see every part of the console at work."""
    district = District.objects.first()
    rows = list(Channel.objects.filter(account__in=settings.CONFIG.accounts))
    if district is None or not rows:
        return
    film = _film_post(district, stop)
    tomorrow = timezone.localtime(timezone=district.zone) + timedelta(days=1)
    _queue(film, rows)
    _queue(_template_post(WARNING, district), rows)
    _queue(_template_post(PROMO, district), rows, tomorrow.replace(hour=10, minute=0, second=0, microsecond=0))


def _template_post(slug: str, district: District) -> Post:
    languages = settings.CONFIG.site.languages
    return posts.from_template(load(settings.HOME.content, slug), district, TRAINER, languages, origin="plan")


def _film_post(district: District, stop: threading.Event) -> Post:
    uploads = []
    for language in settings.CONFIG.site.languages:
        if language == "en":
            continue
        job = ready_made("safe-account", language, district.hotline, district.name(language), "16:9")
        made = render(job, out_dir=settings.HOME.folder("renditions"), cancel=stop)
        uploads.append((accept(made.path, f"safe-account-{language}.mp4"), language))
    post = _template_post(FILM, district)
    return posts.set_media(post, uploads, TRAINER)


def _queue(post: Post, rows: list[Channel], due_at=None) -> None:  # type: ignore[no-untyped-def]
    with transaction.atomic():
        post.channel_keys = [row.key for row in rows]
        post.publish_at = due_at
        post.save()
        posts.approve_from_shell(post, TRAINER)
        actions.schedule(post, rows, due_at or timezone.now(), actor=TRAINER)
