"""From reports to a warning: what is a rise, the draft it opens, what people do with it; new ruses laid together."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from publisher.compose.models import Post, Status
from publisher.compose.refusal import Refusal
from publisher.deliver.models import Account
from publisher.hotline import alarms, clusters, detection, notices, words
from publisher.hotline.models import Alarm, AlarmState, Consultation
from publisher.people.audit import user_actor

PATTERN = "officer-safe-account"


def _days(weekly: float, days: int, dice: random.Random) -> list[int]:
    """Reports by day at a steady level."""
    return [sum(dice.random() < weekly / 7 / 24 for _ in range(24)) for _ in range(days)]


def test_a_steady_level_is_hardly_ever_a_rise():
    dice = random.Random(3)
    counts = _days(8, detection.PAST + 365, dice)
    found = [day for day in range(detection.PAST, len(counts)) if detection.look(counts[:day])]
    assert len({day // detection.REST for day in found}) <= 2


def test_three_times_as_many_are_seen_within_a_week():
    dice = random.Random(4)
    seen = []
    for _ in range(20):
        counts = _days(20, detection.PAST, dice)
        for day in range(1, 30):
            counts += _days(60, 1, dice)
            if detection.look(counts):
                seen.append(day)
                break
    assert len(seen) == 20
    assert sorted(seen)[10] <= 7


def test_a_few_reports_of_something_unheard_of_are_a_rise_and_two_are_not():
    quiet = [0] * 100
    assert detection.look([*quiet, 0, 1, 1]) is None
    rise = detection.look([*quiet, 1, 2, 2])
    assert rise is not None
    assert (rise.count, rise.days) == (5, 7)
    assert rise.expected < 1


def test_before_six_weeks_nobody_can_tell():
    assert detection.look([0] * 40 + [9]) is None


def test_bunches_that_are_usual_are_no_rise():
    bunched = [0] * 182
    bunched[::14] = [8] * 13
    smooth = [0, 1] * 91
    week = [8, 0, 0, 0, 0, 0, 0]
    assert detection.look([*bunched, *week], windows=(7,)) is None
    assert detection.look([*smooth, *[2] * 7], windows=(7,)) is not None


@pytest.mark.parametrize(("expected", "chance"), [(0.5, 0.001), (3.0, 0.01), (20.0, 0.001)])
def test_the_limit_is_exceeded_with_the_stated_chance(expected, chance):
    """Against Poisson's own sum."""
    import math

    limit = detection.most(expected, expected, chance)
    share = [math.exp(-expected) * expected**n / math.factorial(n) for n in range(limit + 1)]
    assert 1 - sum(share) <= chance < 1 - sum(share[:-1])


@pytest.fixture
def rise(told, okrugs):
    """Half a year of one a week, and nine in the last days."""
    for week in range(1, 26):
        told(days=7 * week + 1, okrug=okrugs[week % 3])
    return told(days=1, count=9, okrug=okrugs[0])


def test_a_rise_opens_one_draft_with_the_facts_and_no_okrug(rise, district):
    made = alarms.look(timezone.now())
    assert {(row.okrug is None) for row in made} == {True, False}  # the district, and the okrug it comes from
    post = Post.objects.get()
    assert (post.status, post.origin, post.template_slug) == (Status.DRAFT, "hotline", "fake-officer-safe-account")
    russian = post.versions.get(language="ru").body
    assert "9" in russian.split("\n\n")[1]
    assert "Киялин" not in russian
    assert post.deliveries.count() == 0
    assert alarms.look(timezone.now()) == []


def test_reports_that_were_no_fraud_make_no_rise(rise):
    Consultation.objects.filter(at__gte=timezone.now() - timedelta(days=3)).update(verdict="not")
    assert alarms.look(timezone.now()) == []


def test_what_was_put_aside_keeps_still_for_two_weeks(rise, officer):
    for alarm in alarms.look(timezone.now()):
        alarms.close(alarm, user_actor(officer))
    assert alarms.look(timezone.now()) == []
    Alarm.objects.update(closed_at=timezone.now() - timedelta(days=detection.REST + 1))
    assert alarms.look(timezone.now()) != []


def test_a_draft_asked_for_twice_is_one_and_a_rise_that_was_looked_at_begins_none(rise, officer):
    seen = alarms.look(timezone.now(), drafts=False)[0]
    first = alarms.draft(Alarm.objects.select_related("district").get(pk=seen.pk), user_actor(officer))
    assert alarms.draft(seen, user_actor(officer)) == first  # from a page of the same moment
    alarms.close(seen, user_actor(officer))
    with pytest.raises(Refusal) as refused:
        alarms.draft(seen, user_actor(officer))
    assert refused.value.code == "alarm_closed"
    assert Alarm.objects.get(pk=seen.pk).state == AlarmState.CLOSED


def test_the_same_is_not_begun_twice_by_two_clocks(rise, district):
    first = alarms.look(timezone.now())
    again = Alarm(**{name: getattr(first[0], name) for name in ("district", "okrug", "pattern", "day", "count")})
    again.expected, again.limit = 1.0, 3
    with pytest.raises(Exception, match=r"(?i)unique"):
        again.save()


def test_today_shows_the_rise_and_leads_to_the_draft(rise, log_in, officer):
    alarms.look(timezone.now())
    client = log_in(officer)
    shown = client.get(reverse("today")).content.decode()
    assert "more calls than usual" in shown
    alarm = Alarm.objects.first()
    reply = client.post(reverse("alarm_draft", args=[alarm.pk]))
    assert reply["Location"] == reverse("edit", args=[alarm.post_id])
    client.post(reverse("alarm_close", args=[alarm.pk]))
    alarm.refresh_from_db()
    assert (alarm.state, alarm.closed_by) == (AlarmState.CLOSED, str(officer))


def test_the_control_chat_is_told_once_in_both_languages(rise, accounts, monkeypatch):
    given = settings.CONFIG.accounts["telegram-main"]
    with_chat = given.model_copy(update={"control_chat": "-1007"})
    monkeypatch.setitem(settings.CONFIG.accounts, "telegram-main", with_chat)
    assert Account.objects.filter(pk="telegram-main").exists()
    alarms.look(timezone.now())
    said = [word for _ in range(4) if (word := notices.due())]
    assert len(said) >= 1
    text = said[0].message.text
    assert "Жалған тергеуші" in text
    assert "Лжеследователь" in text
    assert f"/posts/{Post.objects.get().pk}/" in text
    assert not any(word.alarm_id == said[0].alarm_id for word in said[1:])


# New ruses

METERS = [
    "пришли проверять счётчик газа, требуют оплату",
    "проверка газового счётчика, платная замена",
    "счётчик газа просрочен, платная замена",
    "внук попросил перевести на карту",
    "газ есептегішін ауыстырамыз деп ақы сұрады",
    "есептегіш ескі, газ есептегішіне ақы керек дейді",
    "газ есептегішін тексеріп, ақы алғысы келді",
]


def test_notes_about_the_same_thing_come_together():
    found = words.groups(METERS)
    assert {group.members for group in found} == {(0, 1, 2), (4, 5, 6)}
    assert "газ" in " ".join(found[0].words + found[1].words)


def test_three_reports_make_a_cluster_and_a_fourth_joins_it(told, district):
    for text in METERS[:3]:
        told(pattern="", verdict="unclear", note=text)
    assert clusters.gather(timezone.now()) == 1
    told(pattern="", verdict="unclear", note="платная замена счётчика")
    assert clusters.gather(timezone.now()) == 0
    assert Consultation.objects.exclude(cluster=None).count() == 4


def test_a_person_names_it_and_its_reports_count_for_the_ruse(told, log_in, officer):
    rows = [told(pattern="", verdict="unclear", note=text)[0] for text in METERS[:3]]
    clusters.gather(timezone.now())
    rows[0].refresh_from_db()
    client = log_in(officer)
    assert "счётчик" in client.get(reverse("hotline")).content.decode()
    client.post(reverse("cluster_name", args=[rows[0].cluster_id]), {"name": "Газ", "pattern": "fake-delivery"})
    assert set(Consultation.objects.values_list("pattern", flat=True)) == {"fake-delivery"}


def test_what_was_put_aside_does_not_come_again(told, officer):
    rows = [told(pattern="", verdict="unclear", note=text)[0] for text in METERS[:3]]
    clusters.gather(timezone.now())
    rows[0].refresh_from_db()
    clusters.put_aside(rows[0].cluster, user_actor(officer))
    assert clusters.gather(timezone.now()) == 0
    assert not clusters.open_for(officer).exists()
