"""A call centre to look around in, for practice mode: made-up calls, lists and visits, all gone at one stroke.

The okrugs' names are those that everybody can read on a map; households and everything else are invented.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from publisher.compose.models import Post, Status
from publisher.hotline import alarms, calling, campaigns, clusters, numbers
from publisher.hotline.models import (
    Alarm,
    CallResult,
    Case,
    Cluster,
    Consultation,
    Heard,
    HouseVisits,
    LeafletBatch,
    Okrug,
    OutboundCall,
    OutboundCampaign,
    OutboundEntry,
    Outcome,
    Verdict,
    VisitRound,
    Volunteer,
)
from publisher.hotline.patterns import catalogue
from publisher.people.access import within_reach
from publisher.people.audit import Actor
from publisher.people.models import District, User

OKRUGS = (
    *(("Аралағаш", "Аралагашский", 310), ("Астрахан", "Астраханский", 240), ("Власов", "Власовский", 190)),
    *(("Григорьев", "Григорьевский", 260), ("Иванов", "Ивановский", 280), ("Қиялы", "Киялинский", 520)),
    *(("Лесной", "Лесной", 150), ("Полтава", "Полтавский", 370), ("Тоқшын", "Токушинский", 430)),
    *(("Черкасс", "Черкасский", 220), ("Шағалалы", "Шагалалинский", 400)),
)
WEEKS = 12
A_WEEK = 9
COMMON = ("officer-safe-account", "sms-code", "fake-delivery", "hacked-messenger", "investment", "phishing-qr")
NEW = (
    "Газ есептегішін тексереміз деп келіп, ақы сұраған",
    "Есептегіш ескі, газ есептегішін ауыстырамыз деп ақы сұрады",
    "Пришли проверять счётчик газа, требуют оплату",
    "Проверка счётчика газа, платная замена",
    "Счётчик газа якобы просрочен, платная проверка",
)
STREETS = ("Абай к.", "Бейбітшілік к.", "Жастар к.", "Мектеп", "Кітапхана", "Мәдениет үйі")
VOLUNTEERS = ("Айгүл", "Ерлан", "Сәуле", "Марат", "Е-5", "Е-6")


@transaction.atomic
def make(district: District, trainer: Actor) -> None:
    """Always the same, so that nobody wonders why it looks different today. Does nothing where okrugs are known."""
    if Okrug.objects.filter(district=district).exists():
        return
    dice, now = random.Random(21565), timezone.now()
    okrugs = [
        Okrug.objects.create(district=district, name_kk=kk, name_ru=ru, households=households)
        for kk, ru, households in OKRUGS
    ]
    _calls(district, okrugs, trainer, dice, now)
    _cases(district, okrugs, trainer, dice, now)
    _campaign(district, okrugs, trainer, dice, now)
    _round(district, okrugs, trainer, dice, now)
    clusters.gather(now)
    alarms.look(now, drafts=False)


def _calls(district: District, okrugs: list[Okrug], trainer: Actor, dice: random.Random, now: datetime) -> None:
    """Usual weeks, and in the last one a rise of the false officer."""
    known = catalogue().patterns
    usual = [(dice.uniform(0, WEEKS * 7), dice.choice(COMMON)) for _ in range(WEEKS * A_WEEK)]
    risen = [(dice.uniform(0, 6), "officer-safe-account") for _ in range(14)]
    rows = [_call(district, okrugs, trainer, dice, now, back, key) for back, key in usual + risen if key in known]
    for place, text in enumerate(NEW):
        row = _call(district, okrugs, trainer, dice, now, place + 0.5, "")
        row.note, row.signs = text, []
        rows.append(row)
    Consultation.objects.bulk_create(rows)


def _call(
    district: District,
    okrugs: list[Okrug],
    trainer: Actor,
    dice: random.Random,
    now: datetime,
    back: float,
    pattern: str,
) -> Consultation:
    outcome = dice.choices([Outcome.NONE, Outcome.NEAR_MISS, Outcome.LOSS], [70, 25, 5])[0]
    signs = catalogue().patterns[pattern].signs[:3] if pattern else ()
    return Consultation(
        district=district,
        okrug=dice.choice([*okrugs, None]),
        at=now - timedelta(days=back),
        saved_at=now - timedelta(days=back),
        language=dice.choice(["kk", "ru"]),
        pattern=pattern,
        signs=list(signs),
        verdict=Verdict.FRAUD if pattern else Verdict.UNCLEAR,
        heard=dice.choice([Heard.CHANNEL, Heard.LEAFLET, Heard.OUTBOUND, Heard.PEOPLE, Heard.UNKNOWN]),
        outcome=outcome,
        amount=dice.choice([None, 80_000, 250_000, 600_000]) if outcome != Outcome.NONE else None,
        by_name=trainer.name,
    )


def _cases(district: District, okrugs: list[Okrug], trainer: Actor, dice: random.Random, now: datetime) -> None:
    for back in (12, 33, 58, 77):
        day = (now - timedelta(days=back)).astimezone(district.zone).date()
        given = {"okrug": dice.choice(okrugs), "pattern": dice.choice(COMMON[:3]), "by_name": trainer.name}
        Case.objects.create(district=district, day=day, amount=dice.choice([180_000, 950_000, None]), **given)


def _campaign(district: District, okrugs: list[Okrug], trainer: Actor, dice: random.Random, now: datetime) -> None:
    today = now.astimezone(district.zone).date()
    campaign = OutboundCampaign.objects.create(
        district=district,
        name="Қараша қоңыраулары · Звонки ноября",
        pattern=COMMON[0],
        script_kk="Сәлеметсіз бе! Полициядан хабарласып тұрмыз. Күмәнді қоңырау түссе, {hotline} нөміріне хабарлаңыз.",
        script_ru="Здравствуйте! Вам звонят из отдела полиции. О подозрительных звонках сообщайте на {hotline}.",
        begins=today - timedelta(days=3),
        ends=today + timedelta(days=11),
        made_by=trainer.name,
    )
    lines = [_line(dice.choice(okrugs), dice.choice(STREETS), place) for place in range(320)]
    campaigns.take(campaigns.List(lines), campaign, trainer)
    entries = list(campaign.entries.all()[:230])
    for place, entry in enumerate(entries):
        result = dice.choices([CallResult.TALKED, CallResult.NO_ANSWER, CallResult.WRONG], [70, 25, 5])[0]
        entry.result, entry.tries, entry.done_at = result, 1, now if result != CallResult.NO_ANSWER else None
        entry.not_before = None if entry.done_at else now + calling.LATER[CallResult.NO_ANSWER]
        day = today - timedelta(days=2 if place < 120 else 1)
        OutboundCall.objects.create(entry=entry, at=now, day=day, result=result, by_name=trainer.name)
    OutboundEntry.objects.bulk_update(entries, ["result", "tries", "done_at", "not_before"])


def _line(okrug: Okrug, place: str, count: int) -> campaigns.Line:
    """Numbers that nobody has."""
    number = f"+7700000{count:04}"
    return campaigns.Line(okrug, place, number, numbers.digest(number))


def _round(district: District, okrugs: list[Okrug], trainer: Actor, dice: random.Random, now: datetime) -> None:
    today = now.astimezone(district.zone).date()
    round = VisitRound.objects.create(
        district=district,
        name="Үнпарақ · Листовки",
        begins=today - timedelta(days=20),
        ends=today + timedelta(days=10),
        made_by=trainer.name,
    )
    for okrug, name in zip(okrugs, VOLUNTEERS, strict=False):
        Volunteer.objects.create(okrug=okrug, name=name)
    for place, okrug in enumerate(okrugs):
        LeafletBatch.objects.create(round=round, okrug=okrug, printed=okrug.households or 0)
        for back in range(2, 2 + (place * 7) % 5):
            households = min(60, (okrug.households or 0) // 5)
            HouseVisits.objects.create(
                round=round,
                okrug=okrug,
                day=today - timedelta(days=back),
                households=households,
                leaflets=households - dice.randrange(5),
                volunteer=okrug.volunteers.first(),
                by_name=trainer.name,
            )


def count(user: User, trainer: str) -> int:
    """Rows of people's work are left out: they stay."""
    return (
        within_reach(user, Consultation.objects.filter(by=None, by_name=trainer)).count()
        + within_reach(user, Case.objects.filter(by_name=trainer)).count()
        + within_reach(user, OutboundCampaign.objects.filter(made_by=trainer)).count()
        + within_reach(user, VisitRound.objects.filter(made_by=trainer)).count()
    )


@transaction.atomic
def remove(user: User, trainer: str) -> None:
    """What people wrote down stays, and with it the okrugs they named."""
    calls = within_reach(user, Consultation.objects.filter(by=None, by_name=trainer))
    districts = list(calls.values_list("district", flat=True).distinct())
    calls.delete()
    within_reach(user, Case.objects.filter(by_name=trainer)).delete()
    within_reach(user, OutboundCampaign.objects.filter(made_by=trainer)).delete()
    within_reach(user, VisitRound.objects.filter(made_by=trainer)).delete()
    rises = Alarm.objects.filter(district__in=districts)
    begun = list(rises.exclude(post=None).values_list("post", flat=True))
    rises.delete()
    Post.objects.filter(pk__in=begun, status=Status.DRAFT, author=None, origin="hotline", revision=1).delete()
    Cluster.objects.filter(district__in=districts, consultations=None).delete()
    names = [kk for kk, _ru, _households in OKRUGS]
    for okrug in within_reach(user, Okrug.objects.filter(name_kk__in=names)):
        _forget(okrug)


def _forget(okrug: Okrug) -> None:
    used = (okrug.consultations, okrug.cases, okrug.entries, okrug.visits, okrug.batches)
    if not any(rows.exists() for rows in used):
        okrug.delete()
