"""Branded films as the pages show them: for which platforms they are made, how far they are, how they may look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.http import QueryDict
from django.utils.translation import gettext

from publisher.compose.models import Post, Upload
from publisher.connectors import CONNECTORS
from publisher.console import moments
from publisher.deliver.channels import description_of
from publisher.deliver.films import profile_of
from publisher.deliver.models import Channel
from publisher.people.models import District
from publisher.render import orders, queue
from publisher.render.kit import load_kit
from publisher.render.models import RenderJob, RenderOrder
from publisher.render.orders import FORMATS, Wish

COVERS = (0.1, 0.25, 0.4, 0.55, 0.7, 0.85)  # of the film


def profiles_of(post: Post) -> set[str]:
    """Of its channels; before any is chosen, of all its district has; before there is one, of all accounts."""
    rows = Channel.objects.select_related("account")
    channels = rows.filter(key__in=post.channel_keys) or rows.filter(district=post.district)
    descriptions = [description_of(channel) for channel in channels]
    types = {account.type for account in settings.CONFIG.accounts.values()}
    descriptions = descriptions or [CONNECTORS[kind].description for kind in sorted(types)]
    return {profile_of(description) for description in descriptions if description.limits.video_bytes}


def shapes() -> list[tuple[str, str]]:
    words = {
        "16:9": gettext("16:9, lying"),
        "9:16": gettext("9:16, standing: stories"),
        "1:1": gettext("1:1, square"),
        "4:5": gettext("4:5, tall"),
    }
    return [(shape, words[shape]) for shape in FORMATS]


@dataclass(frozen=True, slots=True)
class Choice:
    """A film layout to choose. `key` is its file's name."""

    key: str
    title: str


def layouts() -> list[Choice]:
    spoken = moments.spoken()
    kit = load_kit(settings.HOME.media)
    return [Choice(key, layout.title.of(spoken) if layout.title else key) for key, layout in kit.films.items()]  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Film:
    """One film of a post. Without an order residents see it as it was uploaded."""

    upload: Upload
    order: RenderOrder | None
    jobs: Sequence[RenderJob]
    layout: str

    @property
    def moments(self) -> list[float]:
        """Seconds to choose a cover from, spread over the film."""
        return [round(self.upload.duration * part, 1) for part in COVERS]

    @property
    def own_moment(self) -> bool:
        at = self.order.cover_at if self.order else None
        return at is not None and at not in self.moments

    @property
    def active(self) -> bool:
        return any(job.active for job in self.jobs)

    @property
    def ready(self) -> bool:
        return bool(self.jobs) and all(job.state == "done" for job in self.jobs)

    @property
    def failed(self) -> bool:
        return any(job.state in ("failed", "cancelled") for job in self.jobs)


def films_of(post: Post) -> list[Film]:
    titles = {choice.key: choice.title for choice in layouts()}
    ordered = {order.source_id: order for order in post.films.select_related("source")}
    uploads = {row.upload_id: row.upload for row in orders.originals(post)}
    return [_film(upload, ordered.get(pk), titles) for pk, upload in uploads.items()]


def _film(upload: Upload, order: RenderOrder | None, titles: dict[str, str]) -> Film:
    if order is None:
        return Film(upload, None, (), "")
    jobs = order.jobs.select_related("result", "district", "order__source")
    return Film(upload, order, queue.in_order(list(jobs)), titles.get(order.layout, order.layout))


def wish_in(data: QueryDict) -> Wish:
    """What a form asks for; what it does not know is left to the layout."""
    known = {choice.key for choice in layouts()}
    layout, format, fill = data.get("layout", ""), data.get("format", ""), data.get("fill", "")
    return Wish(
        layout if layout in known else "film",
        format if format in FORMATS else "",
        fill if fill in ("blur", "plain", "crop") else "blur",
        seconds_in(data.get("cover_exact", "") or data.get("cover_at", "")),
    )


def seconds_in(text: str) -> float | None:
    """“12.5” or “1:05”; None where nothing of that kind was written."""
    minutes, _, seconds = text.strip().replace(",", ".").rpartition(":")
    try:
        found = int(minutes or 0) * 60 + float(seconds)
    except ValueError:
        return None
    return round(found, 2) if 0 <= found < 36_000 else None


def profile_name(profile: str) -> str:
    """As people call it."""
    names = {"telegram": "Telegram", "telegram_local": gettext("Telegram (own server)"), "whatsapp": "WhatsApp"}
    return names.get(profile, profile)


def channel_address(district: District) -> str:
    """The public address of the district's first Telegram channel; empty where it has none."""
    rows = Channel.objects.filter(district=district, platform_kind="channel", off_reason="")
    return rows.filter(url__startswith="https://t.me/").order_by("pk").values_list("url", flat=True).first() or ""
