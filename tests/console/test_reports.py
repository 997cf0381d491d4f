"""Report pages for people: whose figures they see, what opens, what is saved, who may let digests come."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from publisher.hotline.models import Consultation, Okrug
from publisher.people.models import AuditEntry, Role
from publisher.report import digests
from publisher.report.models import Digest, Subscription
from publisher.report.values import Behind

PAGES = (
    *("report_week", "report_month", "report_districts", "report_campaigns", "report_questions", "report_digests"),
    *("report_studies",),
)
NOW = timezone.now()


def behind(**more) -> str:
    asked = Behind("messages", NOW - timedelta(days=7), NOW, metric="views", horizon="72h", **more)
    return f"{reverse('report_readings')}?{urlencode(asked.as_query())}"


@pytest.fixture
def okrug(district):
    made = Okrug.objects.create(district=district, name_kk="Смирново", name_ru="Смирново")
    Consultation.objects.create(
        district=district, okrug=made, at=NOW - timedelta(days=2), pattern="safe-account", verdict="fraud"
    )
    return made


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("of", ["own", None])
def test_every_page_stands_without_any_figure(page, of, person, log_in, accounts):
    answer = log_in(person(Role.CHIEF, of=of)).get(reverse(page))
    assert answer.status_code == 200


def test_the_week_without_a_question_is_the_last_one_that_is_over(person, log_in, channel):
    answer = log_in(person(Role.CHIEF)).get(reverse("report_week"))
    end = answer.context["page"].head.end
    assert 0 < (timezone.localdate() - end).days <= 7
    assert end.weekday() == 6


@pytest.mark.parametrize("query", ["week=yesterday", "week=2999-01-04", "district=nowhere"])
def test_what_cannot_be_is_not_found(person, log_in, query):
    assert log_in(person(Role.CHIEF, of=None)).get(f"{reverse('report_week')}?{query}").status_code == 404


def test_any_day_stands_for_its_week(person, log_in, channel):
    answer = log_in(person(Role.CHIEF)).get(f"{reverse('report_week')}?week=2026-01-08")
    assert f"{answer.context['page'].head.start}" == "2026-01-05"


def test_another_districts_report_does_not_exist(person, log_in, other_district):
    client = log_in(person(Role.CHIEF))
    for page in ("report_week", "report_month", "report_questions"):
        assert client.get(f"{reverse(page)}?district={other_district.pk}").status_code == 404
    assert client.get(f"{reverse('report_week_file', args=['csv'])}?district=esil").status_code == 404


@pytest.mark.parametrize("kind", ["pdf", "xlsx", "csv", "png", "html", "json"])
def test_the_week_is_given_in_every_form(person, log_in, channel, kind):
    answer = log_in(person(Role.CHIEF)).get(f"{reverse('report_week_file', args=[kind])}?week=2026-11-16&language=ru")
    assert answer.status_code == 200
    assert f'filename="report-akkaiyn-2026-11-16-ru.{kind}"' in answer["Content-Disposition"]
    assert len(answer.content) > 100


@pytest.mark.parametrize("kind", ["pdf", "xlsx", "csv", "html", "json"])
def test_the_month_is_given_in_every_form(person, log_in, channel, kind):
    answer = log_in(person(Role.CHIEF)).get(f"{reverse('report_month_file', args=[kind])}?month=2026-10-01")
    assert answer.status_code == 200
    assert len(answer.content) > 100


@pytest.mark.parametrize("kind", ["pdf", "xlsx", "csv", "html", "json"])
def test_campaigns_are_given_in_every_form(person, log_in, channel, kind):
    address = reverse("report_campaigns_file", args=[kind])
    answer = log_in(person(Role.CHIEF)).get(f"{address}?month=2026-10-01&language=kk")
    assert answer.status_code == 200
    assert f'filename="campaigns-akkaiyn-2026-10-kk.{kind}"' in answer["Content-Disposition"]


def test_districts_are_given_to_whoever_sees_several(person, log_in, channel, other_district):
    address = f"{reverse('report_districts_file', args=['pdf'])}?month=2026-10-01"
    assert log_in(person(Role.CHIEF)).get(address).status_code == 404
    assert log_in(person(Role.CHIEF, name="centre", of=None)).get(address).content.startswith(b"%PDF")


@pytest.mark.parametrize("name", ["report_campaigns_file", "report_week_file", "report_month_file"])
def test_an_unknown_form_is_not_found(person, log_in, name):
    assert log_in(person(Role.CHIEF)).get(reverse(name, args=["doc"])).status_code == 404


# The readings behind a number


def test_a_number_opens_as_a_panel_or_as_a_page(person, log_in, channel):
    client, address = log_in(person(Role.CHIEF)), behind(district="akkaiyn")
    assert "<html" in client.get(address).content.decode()
    assert "<html" not in client.get(address, headers={"HX-Request": "true"}).content.decode()


@pytest.mark.parametrize(
    ("more", "of", "status"),
    [
        ({"district": "akkaiyn"}, "own", 200),
        ({"district": "esil"}, "own", 404),
        ({}, "own", 404),
        ({}, None, 200),
        ({"district": "nowhere"}, None, 404),
    ],
)
def test_readings_keep_to_the_persons_reach(person, log_in, channel, more, of, status):
    assert log_in(person(Role.CHIEF, of=of)).get(behind(**more)).status_code == status


def test_an_address_nobody_made_is_not_found(person, log_in):
    client = log_in(person(Role.CHIEF))
    for query in (
        "",
        "thing=secrets",
        "thing=messages&first=x&last=y",
        "thing=messages&first=2026-01-01&last=2026-01-02",
        "thing=messages&first=2026-01-01T00:00Z&last=2026-01-02T00:00Z&metric=people",
        "thing=messages&first=2026-01-01T00:00Z&last=2026-01-02T00:00Z&horizon=ever",
        "thing=messages&first=2026-01-01T00:00Z&last=2026-01-02T00:00Z&start=" + "9" * 30,
    ):
        assert client.get(f"{reverse('report_readings')}?{query}").status_code == 404


# Questions


def test_an_okrug_hears_what_its_channels_did_not_say(person, log_in, channel, okrug):
    answer = log_in(person(Role.CHIEF)).get(f"{reverse('report_questions')}?ask=okrug&okrug={okrug.pk}")
    said = answer.content.decode()
    assert "no warning" in said
    assert "Смирново" in answer.context["answer"].sentence


def test_another_districts_okrug_is_not_shown(person, log_in, okrug, other_district):
    answer = log_in(person(Role.CHIEF, of=other_district)).get(
        f"{reverse('report_questions')}?ask=okrug&okrug={okrug.pk}"
    )
    assert "Смирново" not in answer.content.decode()


@pytest.mark.parametrize("ask", ["ruse", "okrug", "hours"])
def test_every_question_has_an_answer_also_without_figures(person, log_in, accounts, ask):
    answer = log_in(person(Role.CHIEF, of=None)).get(f"{reverse('report_questions')}?ask={ask}")
    assert answer.status_code == 200


# Digests

WISH = {"name": "Бастық", "road": "email", "email": "chief@example.kz", "chat": "", "district": "akkaiyn",
        "language": "kk", "weekday": "3", "hour": "9", "least_known": "80"}  # fmt: skip


@pytest.fixture
def reader(district):
    return Subscription.objects.create(name="Бастық", chat="777", district=district, made_by="x")


def test_a_chief_adds_a_reader_and_sends_a_sample(person, log_in, accounts):
    client = log_in(person(Role.CHIEF))
    assert client.post(reverse("digest_add"), WISH).status_code == 302
    made = Subscription.objects.get()
    assert (made.email, made.chat, made.hour, made.made_by) == ("chief@example.kz", "", 9, "Chief-Akkaiyn")
    client.post(reverse("digest_sample", args=[made.pk]))
    assert [(row.piece, row.state, bool(row.sample)) for row in Digest.objects.all()] == [("mail", "waiting", True)]
    assert {"digest_on", "digest_sample"} <= set(AuditEntry.objects.values_list("verb", flat=True))


@pytest.mark.parametrize(
    "change",
    [{"email": ""}, {"road": "telegram", "chat": "my chat"}, {"district": "esil"}, {"district": ""}, {"hour": "25"}],
)
def test_a_wrong_wish_is_told_and_saves_nothing(person, log_in, accounts, change):
    answer = log_in(person(Role.CHIEF)).post(reverse("digest_add"), WISH | change)
    assert answer.status_code == 422
    assert not Subscription.objects.exists()


def test_an_officer_sees_the_readers_but_changes_nothing(person, log_in, reader):
    client = log_in(person(Role.OFFICER))
    assert "Бастық" in client.get(reverse("report_digests")).content.decode()
    for name in ("digest_sample", "digest_switch", "digest_connect"):
        assert client.post(reverse(name, args=[reader.pk])).status_code == 403


def test_a_districts_people_do_not_see_other_readers(person, log_in, reader, other_district):
    Subscription.objects.create(name="Облыс бастығы", chat="1", made_by="x")  # of all districts
    said = log_in(person(Role.CHIEF, of=other_district)).get(reverse("report_digests")).content.decode()
    assert "Бастық" not in said
    assert "Облыс бастығы" not in log_in(person(Role.CHIEF)).get(reverse("report_digests")).content.decode()


def test_what_may_have_arrived_waits_for_a_persons_word(person, log_in, reader):
    row = Digest.objects.create(subscription=reader, week=NOW.date(), piece="card", state="unknown",
                                reason="outcome_unknown", owed_at=NOW, not_before=NOW, ended_at=NOW)  # fmt: skip
    client = log_in(person(Role.CHIEF))
    assert "Look whether they arrived" in client.get(reverse("report_digests")).content.decode()
    client.post(reverse("digest_settle", args=[row.pk]), {"arrived": "yes"})
    row.refresh_from_db()
    assert (row.state, row.settled_by) == ("sent", "Chief-Akkaiyn")
    assert digests.in_doubt([reader]) == []


def test_switched_off_and_on_again(person, log_in, reader):
    client = log_in(person(Role.CHIEF))
    for on, expected in (("no", False), ("yes", True)):
        client.post(reverse("digest_switch", args=[reader.pk]), {"on": on})
        reader.refresh_from_db()
        assert reader.on is expected
    assert reader.since > NOW


def test_hours_and_shares_have_limits(reader):
    reader.hour, reader.least_known = 24, 0
    with pytest.raises(ValidationError) as caught:
        reader.full_clean()
    assert {"hour", "least_known"} <= set(caught.value.message_dict)
