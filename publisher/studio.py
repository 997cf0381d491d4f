"""The studio on the command line: leaflets, branded films, a post's renditions."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

from publisher.commands import DONE, WrongInput
from publisher.deliver.models import Channel
from publisher.people.models import District
from publisher.render.errors import RenderError
from publisher.sentences import say


def leaflet(arguments: Namespace) -> int:
    from publisher.render import leaflets  # typst and Pillow are only needed here
    from publisher.render.scripts import dial_code

    media = settings.HOME.media
    known = leaflets.names(media)
    if arguments.name not in known:
        raise WrongInput(f"There is no leaflet “{arguments.name}”. Known: {', '.join(known)}.")
    district = _district(arguments.district)
    kk, _, ru = arguments.okrug.partition("|")
    place = leaflets.Place(
        district_kk=district.name("kk"),
        district_ru=district.name("ru"),
        hotline=district.hotline,
        okrug_kk=kk.strip(),
        okrug_ru=(ru or kk).strip(),
    )
    qr = arguments.qr or _channel_address(district) or dial_code(district.hotline)
    with _in_words():
        arguments.out.write_bytes(leaflets.draw_leaflet(arguments.name, arguments.size, place, qr=qr, media=media))
    print(arguments.out)
    return DONE


@contextmanager
def _in_words() -> Iterator[None]:
    """What the studio refuses is wrong input, told in the sentence for people and what exactly it met."""
    try:
        yield
    except RenderError as error:
        raise WrongInput(f"{error} {say(error.reason, error.values).do}".strip()) from error


def _channel_address(district: District) -> str:
    """The public address of the district's first Telegram channel; empty where it has none."""
    rows = Channel.objects.filter(district=district, platform_kind="channel", off_reason="")
    return rows.filter(url__startswith="https://t.me/").order_by("pk").values_list("url", flat=True).first() or ""


def _district(key: str | None) -> District:
    key = key or next(iter(settings.CONFIG.districts))
    found = District.objects.filter(pk=key).first()
    if found is None:
        raise WrongInput(f"There is no district “{key}” in config.yaml. Known: {', '.join(settings.CONFIG.districts)}.")
    return found
