"""Writing down a call: checked, saved once however often it is sent, undone for a short time."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from django.db import IntegrityError, transaction
from django.utils import timezone
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from publisher.compose.models import Post
from publisher.compose.refusal import Refusal
from publisher.deliver.models import Channel
from publisher.hotline import privacy
from publisher.hotline.models import Consultation, Heard, Okrug, Outcome, Source, TakenBack, Verdict
from publisher.hotline.patterns import Catalogue, catalogue
from publisher.measure.models import Link
from publisher.people.audit import Actor
from publisher.people.models import District

UNDO = timedelta(minutes=5)
AHEAD = timedelta(minutes=5)  # a browser's clock may be wrong by so much; beyond it, the call counts as made now
BACK = timedelta(days=7)  # what a browser kept longer than this without sending is refused, not guessed at
AT_ONCE = 200  # calls of one sending


class Call(BaseModel):
    """One call as the browser sends it. Names and numbers have no place in it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    uid: uuid.UUID
    at: datetime
    okrug: int | None = None
    language: Literal["kk", "ru"] = "kk"
    pattern: str = Field("", max_length=60)
    signs: tuple[str, ...] = Field((), max_length=40)
    verdict: Verdict
    heard: Heard = Heard.UNKNOWN
    channel: int | None = None
    code: str = Field("", max_length=12)
    outcome: Outcome = Outcome.NONE
    amount: int | None = Field(None, ge=0, le=100_000_000_000)
    note: str = Field("", max_length=200)


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one call; `why` is a sentence, empty when it stands in the database now."""

    uid: str
    why: str = ""


def take(calls: Sequence[Mapping[str, Any]], district: District, actor: Actor) -> list[Answer]:
    """Each by itself: one that cannot be used does not keep back the others."""
    known = catalogue()
    return [_take(given, district, actor, known) for given in calls[:AT_ONCE]]


def _take(given: Mapping[str, Any], district: District, actor: Actor, known: Catalogue) -> Answer:
    uid = str(given.get("uid", "")) if isinstance(given, Mapping) else ""
    try:
        save(Call.model_validate(given), district, actor, known)
    except ValidationError as error:
        return Answer(uid, str(Refusal("call_not_readable", field=_field(error))))
    except Refusal as refusal:
        return Answer(uid, str(refusal))
    return Answer(uid)


def _field(error: ValidationError) -> str:
    return ".".join(map(str, error.errors()[0]["loc"])) or "?"


def save(
    call: Call, district: District, actor: Actor, known: Catalogue | None = None, source: Source = Source.PHONE
) -> Consultation | None:
    """None: it was undone before this copy came. Sent again, the first one stays. Raises Refusal."""
    known = known or catalogue()
    found = Consultation.objects.filter(uid=call.uid).first()
    if found:
        return found
    if TakenBack.objects.filter(uid=call.uid).exists():
        return None
    row = _row(call, district, actor, known, source)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:  # two tabs sent it at the same moment
        return Consultation.objects.get(uid=call.uid)
    return row


def _row(call: Call, district: District, actor: Actor, known: Catalogue, source: Source) -> Consultation:
    for code in privacy.faults(call.note):
        raise Refusal(code)
    link, post = _leaflet(call, district), _post(call, district)
    return Consultation(
        uid=call.uid,
        district=district,
        okrug=Okrug.objects.filter(district=district, pk=call.okrug).first() if call.okrug else _okrug_of(link),
        at=_moment(call.at),
        source=source,
        language=call.language,
        pattern=call.pattern if call.pattern in known.patterns else "",
        signs=[key for key in known.signs if key in call.signs],
        verdict=call.verdict,
        heard=call.heard,
        heard_channel=_channel(call, district) or (link.channel if link else None),
        heard_post=post or (link.post if link else None),
        heard_code=call.code.strip().lower(),
        outcome=call.outcome,
        amount=call.amount if call.outcome != Outcome.NONE else None,
        note=call.note.strip(),
        by=actor.user,
        by_name=actor.name,
    )


def _moment(at: datetime) -> datetime:
    now = timezone.now()
    moment = at if at.tzinfo else timezone.make_aware(at)
    if moment > now + AHEAD:
        return now
    if moment < now - BACK:
        raise Refusal("call_too_old")
    return moment


def _channel(call: Call, district: District) -> Channel | None:
    return Channel.objects.filter(pk=call.channel, district=district).first() if call.channel else None


def _leaflet(call: Call, district: District) -> Link | None:
    """A code that nobody knows is kept as it was told: people misread, and the place may come to light later."""
    code = call.code.strip().lower()
    return Link.objects.filter(code=code, district=district).first() if code else None


def _post(call: Call, district: District) -> Post | None:
    code = call.code.strip()
    wanted = call.heard == Heard.POST and code.isdigit()
    return Post.objects.filter(pk=int(code), district=district).first() if wanted else None


def _okrug_of(link: Link | None) -> Okrug | None:
    """The okrug that a leaflet's code was printed for."""
    batch = link.batches.select_related("okrug").first() if link else None
    return batch.okrug if batch else None


def undo(uid: uuid.UUID, district: District, actor: Actor) -> bool:
    """Only what the same person wrote down just now. False: it is too late, or another's.

    What has not come yet is marked as well, so that a copy on its way does not bring it back.
    """
    with transaction.atomic():
        row = Consultation.objects.select_for_update().filter(uid=uid, district=district).first()
        if row and (row.by_id != (actor.user.pk if actor.user else None) or row.saved_at < timezone.now() - UNDO):
            return False
        TakenBack.objects.get_or_create(uid=uid)
        if row:
            row.delete()
    return True


def today(district: District, now: datetime) -> Sequence[Consultation]:
    """Of the district's own day, the newest first."""
    begin = now.astimezone(district.zone).replace(hour=0, minute=0, second=0, microsecond=0)
    rows = Consultation.objects.filter(district=district, at__gte=begin, source=Source.PHONE)
    return list(rows.select_related("okrug", "district"))
