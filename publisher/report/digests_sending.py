"""Sends digests: by the Telegram account of the district as a picture and a PDF, by e-mail as one letter with both."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext

from publisher.connectors.base import Button, Event, Media, Message, Started
from publisher.connectors.errors import AccessLost, ConnectorError, OutcomeUnknown, RateLimited, Unavailable
from publisher.connectors.telegram import TelegramSettings
from publisher.deliver.border import db, now
from publisher.deliver.changes import allowed
from publisher.deliver.connections import Connections
from publisher.deliver.models import Account, Channel
from publisher.deliver.worker import publishing
from publisher.people.models import District
from publisher.report import digests
from publisher.report.digests_mail import NotSent, Unclear, post_letter
from publisher.report.digests_models import Digest, Piece, Road, Subscription

if TYPE_CHECKING:
    from publisher.report.weekly_records import Week

log = logging.getLogger(__name__)
CAPTION = 1024  # UTF-16 units
AT_ONCE = 20
SOON = timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class Made:
    """What goes out: `text` under the picture or in the letter, both files, and whether it warns on top."""

    text: str
    subject: str
    card: bytes
    pdf: bytes
    name: str
    warned: bool
    link: str  # the same report in the console
    open_it: str  # the words on its button


def record_event(_account_key: str, event: Event) -> None:
    """A reader opened the bot by their own link: now we know where to write."""
    if isinstance(event, Started):
        digests.connected(event.code, event.chat)


async def send(connections: Connections) -> int:
    """Everything that is due now. Returns how many pieces went out."""
    moment = await db(now)
    await db(digests.sweep, moment)
    await db(digests.owe, moment)
    await _greet(connections)
    done = 0
    for _ in range(AT_ONCE):  # each is claimed when its turn has come: what was never begun cannot become unknown
        rows = await db(digests.take, await db(now), 1)  # its lease begins now, however long the earlier ones took
        if not rows:
            break
        done += await _send_one(connections, rows[0])
    return done


async def _send_one(connections: Connections, row: Digest) -> bool:
    try:
        record = await db(figures_of, row)
        made = await asyncio.to_thread(make, row, record)  # drawing must not keep the database's thread from posts
    except Exception as error:  # a fault of ours, and nothing has left: it is made again later
        log.exception("Digest %s cannot be made", row.pk)
        await db(digests.put_off, row, getattr(error, "reason", "render_failed"), str(error))
        return False
    send_it = _by_mail if row.piece == Piece.MAIL else _by_telegram
    return await send_it(connections, row, made)


def figures_of(row: Digest) -> Week:
    """As they are at the moment of sending."""
    from publisher.report.weekly import week

    return week(row.subscription.place, row.week, now())


def make(row: Digest, record: Week) -> Made:
    """The reader's page, as words and files. Asks no database."""
    from publisher.report.card import week_card
    from publisher.report.page_week import warnings, week_page
    from publisher.report.pdf import week_pdf

    reader = row.subscription
    page = week_page(record, reader.language, least_known=reader.least_known / 100)
    with translation.override(reader.language):
        warned = bool(warnings(record.headline, reader.least_known / 100))
        subject = f"{page.head.district}: {page.head.title}, {page.head.period}"
        head = gettext("Sample.") + " " if row.sample else ""
        open_it = gettext("Open the report")
        text = "\n\n".join([*page.head.warnings, head + subject, *page.sentences])
    card = b"" if row.piece == Piece.PDF else week_card(page)
    pdf = b"" if row.piece == Piece.CARD else week_pdf(page)
    name = f"report-{row.week:%Y-%m-%d}-{reader.language}"
    return Made(text, head + subject, card, pdf, name, warned, address(row), open_it)


def address(row: Digest) -> str:
    reader = row.subscription
    asked = {"week": row.week.isoformat(), "district": reader.district_id or "", "language": reader.language}
    query = urlencode({key: value for key, value in asked.items() if value})
    return f"{settings.CONFIG.site.public_url.rstrip('/')}/report/week/?{query}"


async def _by_telegram(connections: Connections, row: Digest, made: Made) -> bool:
    chat = row.subscription.chat
    account = await db(account_for, row.subscription.district)
    if account is None:
        await db(digests.put_off, row, "access_lost", "no Telegram account works now")
        return False
    if not await db(_free, account, chat):
        await db(digests.put_off, row, "", "", SOON)
        return False
    with_file = await asyncio.to_thread(_message, row, made)
    try:
        connector = publishing(await connections.get(account.key))
        await connector.publish(chat, with_file)
    except OutcomeUnknown as error:
        await db(digests.unknown, row, error.detail)
    except ConnectorError as error:
        await db(_not_sent, row, error)
    except Exception as error:  # a fault of ours after the request may have left: nobody knows
        log.exception("Digest %s", row.pk)
        await db(digests.unknown, row, repr(error))
    else:
        await db(_sent, row, made)
        return True
    finally:
        with_file.media[0].path.unlink(missing_ok=True)
    return False


def _sent(row: Digest, made: Made) -> None:
    digests.sent(row, warned=made.warned)


def _not_sent(row: Digest, error: ConnectorError) -> None:
    if isinstance(error, RateLimited):
        digests.put_off(row, error.reason, error.detail, timedelta(seconds=error.retry_after))
    elif isinstance(error, (Unavailable, AccessLost)):
        digests.put_off(row, error.reason, error.detail)
    else:
        digests.failed(row, error.reason, error.detail)


def _message(row: Digest, made: Made) -> Message:
    """The picture with the sentences under it; then the PDF by itself."""
    card = row.piece == Piece.CARD
    content, ending, kind, mime = (
        (made.card, "png", "photo", "image/png") if card else (made.pdf, "pdf", "document", "application/pdf")
    )
    folder = settings.HOME.folder("digests") / str(row.pk)
    folder.mkdir(exist_ok=True)
    path: Path = folder / f"{made.name}.{ending}"
    path.write_bytes(content)
    media = Media(path, kind, mime, len(content), hashlib.sha256(content).hexdigest())  # type: ignore[arg-type]
    buttons = (Button(made.open_it, made.link),) if card and made.link.startswith("https://") else ()
    return Message(f"digest-{row.pk}", shortened(made.text) if card else made.subject, media=(media,), buttons=buttons)


def shortened(text: str) -> str:
    """Whole paragraphs as long as the platform takes them; the PDF has the rest."""
    kept: list[str] = []
    for part in text.split("\n\n"):
        if len("\n\n".join([*kept, part]).encode("utf-16-le")) // 2 > CAPTION:
            break
        kept.append(part)
    return "\n\n".join(kept)


async def _by_mail(_connections: Connections, row: Digest, made: Made) -> bool:
    text = f"{made.text}\n\n{made.open_it}: {made.link}"
    letter = (row.subscription.email, made.subject, text, made.name, made.card, made.pdf, f"digest-{row.pk}")
    try:
        await asyncio.to_thread(post_letter, *letter)
    except Unclear as error:
        await db(digests.unknown, row, str(error))
    except NotSent as error:
        await db(digests.failed if error.for_good else digests.put_off, row, error.reason, str(error))
    else:
        await db(_sent, row, made)
        return True
    return False


def account_for(district: District | None) -> Account | None:
    """The Telegram account that serves the district's channels, else the first that works."""
    keys = [key for key, given in settings.CONFIG.accounts.items() if isinstance(given, TelegramSettings)]
    working = Account.objects.filter(key__in=keys, paused_at=None)
    own = working.filter(channels__district=district).order_by("key").first() if district else None
    return own or working.order_by("key").first()


def _free(account: Account, chat: str) -> bool:
    return allowed(Channel(account=account, target=chat, platform_kind="group"), now().timestamp())


async def _greet(connections: Connections) -> None:
    """Once, to whoever has just connected: a chat that says nothing looks like a mistake."""
    for account, reader, text in await db(_to_greet):
        try:
            connector = publishing(await connections.get(account.key))
            await connector.publish(reader.chat, Message(f"digest-hello-{reader.pk}", text))
        except ConnectorError as error:
            log.info("Reader %s of the digest cannot be greeted: %s", reader.pk, error.detail)


def _to_greet() -> list[tuple[Account, Subscription, str]]:
    found = []
    rows = Subscription.objects.filter(on=True, road=Road.TELEGRAM, greeted_at=None).exclude(chat="")
    for reader in rows.select_related("district", "region"):
        account = account_for(reader.district)
        mine = Subscription.objects.filter(pk=reader.pk, greeted_at=None)
        if account and _free(account, reader.chat) and mine.update(greeted_at=now()):
            with translation.override(reader.language):
                day, hour = reader.get_weekday_display().lower(), reader.clock
                words = gettext("%(name)s, the weekly report comes here from now on: %(day)s, %(hour)s.")
                found.append((account, reader, words % {"name": reader.name, "day": day, "hour": hour}))
    return found
