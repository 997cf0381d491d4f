"""Prevention calls and house visits: lists cell by cell, dealing out, do-not-call, forgetting, coverage."""

from __future__ import annotations

import io
import zipfile
from contextlib import contextmanager
from datetime import date, timedelta

import openpyxl
import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from publisher.compose.refusal import Refusal
from publisher.hotline import calling, campaigns, cases, desk, numbers, retention, sheets, visits
from publisher.hotline import okrugs as okrug_lists
from publisher.hotline.models import (
    CallResult,
    Case,
    Consultation,
    DoNotCall,
    Okrug,
    OutboundCampaign,
    OutboundEntry,
    VisitRound,
    Volunteer,
)
from publisher.measure.models import Link
from publisher.people.audit import user_actor
from publisher.people.models import Role

LIST = "Округ;Улица или организация;Номер\nКиялинский с.о.;Абая;8 701 123 45 67\nПолтава;Школа;2-15-99\n"


def _archive(**files):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return made.getvalue()


WORD = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Override PartName="/word/document.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("list.docx", _archive(**{"[Content_Types].xml": WORD, "word/document.xml": "<a/>"})),
        ("list.xlsx", _archive(**{"[Content_Types].xml": "<Types"})),
        ("list.csv", ('number;place\n"' + "8701123456;x\n" * 20_000).encode()),
    ],
)
def test_what_is_no_list_at_all_is_refused_in_words(name, content):
    with refused("list_not_readable"):
        sheets.read(name, content, campaigns.COLUMNS)


@pytest.fixture
def campaign(district, okrugs):
    today = timezone.localdate()
    return OutboundCampaign.objects.create(
        district=district, name="Қараша", script_kk="{hotline}", script_ru="{hotline}", begins=today, ends=today
    )


@pytest.fixture
def actor(duty):
    return user_actor(duty)


@contextmanager
def refused(code):
    with pytest.raises(Refusal) as caught:
        yield
    assert caught.value.code == code


def _read(campaign, text=LIST):
    return campaigns.read("list.csv", text.encode(), campaign)


def _xlsx(rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_a_list_is_read_with_its_okrugs_and_numbers(campaign, okrugs):
    found = _read(campaign)
    assert [(line.okrug, line.place, line.number) for line in found.lines] == [
        (okrugs[0], "Абая", "+77011234567"),
        (okrugs[1], "Школа", "21599"),
    ]
    assert not found.faults


def test_every_problem_is_named_with_its_cell(campaign):
    text = "нөмір;округ;место\n123;Қиялы;\n87011234567;Жоқ;\n;Қиялы;\n87011234568;Қиялы;Петрова Анна Ивановна\n"
    assert [(fault.cell, fault.code) for fault in _read(campaign, text).faults] == [
        ("A2", "not_a_phone"),
        ("B3", "okrug_unknown"),
        ("A4", "phone_missing"),
        ("C5", "place_names_person"),
    ]


def test_a_column_with_names_is_refused_and_nothing_is_read(campaign):
    found = _read(campaign, "ФИО;Номер\nИванов;87011234567\n")
    assert [(fault.cell, fault.code) for fault in found.faults] == [("A1", "column_not_needed")]
    assert found.lines == []


def test_a_spreadsheet_with_numbers_as_numbers_is_read(campaign):
    content = _xlsx([["Округ", "Телефон"], ["Қиялы", 87011234567], ["Қиялы", 77011234568.0], [None, None]])
    found = campaigns.read("list.xlsx", content, campaign)
    assert [line.number for line in found.lines] == ["+77011234567", "+77011234568"]


def test_a_file_that_is_no_table_is_refused_in_words(campaign):
    with refused("list_not_readable"):
        campaigns.read("list.xlsx", b"PK\x03\x04nothing", campaign)


def test_the_same_number_is_taken_once(campaign, actor):
    assert campaigns.take(_read(campaign), campaign, actor) == 2
    again = _read(campaign, LIST + "Полтава;;+7 (701) 123-45-67\n")
    assert (len(again.lines), again.twice) == (0, 3)


def test_who_asked_not_to_be_called_is_left_out_of_every_list(campaign, actor, duty):
    campaigns.take(_read(campaign), campaign, actor)
    entry = calling.next_entry(campaign, duty, timezone.now())
    calling.record(entry, CallResult.REFUSED, "kk", actor)
    today = timezone.localdate()
    next_one = OutboundCampaign.objects.create(
        district=campaign.district, name="x", script_kk="x", script_ru="x", begins=today, ends=today
    )
    found = _read(next_one)
    assert (len(found.lines), found.unwanted) == (1, 1)


def test_numbers_are_dealt_out_in_equal_shares(campaign, actor, person, duty):
    other = person(Role.DUTY, name="other")
    text = "номер\n" + "".join(f"8701123{n:04}\n" for n in range(10))
    campaigns.take(_read(campaign, text), campaign, actor)
    assert campaigns.deal(campaign, [duty, other], 4, actor) == 8
    assert [calling.left(campaign, one) for one in (duty, other)] == [4, 4]
    assert campaigns.give_back(campaign, other, actor) == 4
    assert campaign.entries.filter(caller=None).count() == 6


def test_two_callers_never_get_the_same_number(campaign, actor, person, duty):
    other = person(Role.DUTY, name="other")
    campaigns.take(_read(campaign), campaign, actor)
    campaigns.deal(campaign, [duty, other], 1, actor)
    now = timezone.now()
    assert calling.next_entry(campaign, duty, now) != calling.next_entry(campaign, other, now)
    with refused("call_taken_already"):
        calling.record(calling.next_entry(campaign, other, now), CallResult.TALKED, "kk", actor)


def test_nobody_answers_three_times_and_is_left_in_peace(campaign, actor, duty):
    campaigns.take(_read(campaign, "номер\n87011234567\n"), campaign, actor)
    for _ in range(3):
        entry = calling.next_entry(campaign, duty, timezone.now())
        calling.record(entry, CallResult.NO_ANSWER, "kk", actor)
        assert calling.next_entry(campaign, duty, timezone.now()) is None  # not again at once
        OutboundEntry.objects.update(not_before=None)
    assert calling.next_entry(campaign, duty, timezone.now()) is None
    assert calling.days(campaign)[0].calls == 3


def test_a_result_is_taken_back_with_what_followed_from_it(campaign, actor, duty):
    campaigns.take(_read(campaign), campaign, actor)
    first = calling.next_entry(campaign, duty, timezone.now())
    calling.record(first, CallResult.REFUSED, "kk", actor)
    assert calling.undo(campaign, actor, timezone.now())
    assert calling.next_entry(campaign, duty, timezone.now()) == first
    assert not DoNotCall.objects.exists()
    assert not calling.undo(campaign, actor, timezone.now())


def test_after_the_campaign_the_numbers_are_gone_and_the_counts_stay(campaign, actor, duty):
    campaigns.take(_read(campaign), campaign, actor)
    calling.record(calling.next_entry(campaign, duty, timezone.now()), CallResult.TALKED, "ru", actor)
    late = timezone.now() + timedelta(days=settings.CONFIG.hotline.numbers_days)
    assert retention.forget(late).numbers == 0
    assert retention.forget(late + timedelta(days=1)).numbers == 2
    assert not OutboundEntry.objects.exclude(number="", digest="", place="").exists()
    assert [(day.calls, day.talked) for day in calling.days(campaign)] == [(1, 1)]
    with refused("calling_over"):
        campaigns.take(campaigns.List(), OutboundCampaign.objects.get(), actor)


def test_old_notes_are_forgotten_and_the_calls_stay(told):
    told(days=settings.CONFIG.hotline.notes_days + 1, note="есептегіш")
    assert retention.forget(timezone.now()).notes == 1
    assert Consultation.objects.get().note == ""


def test_a_list_that_a_killed_program_left_behind_is_deleted(db):
    left = settings.HOME.folder("tmp") / "tmpabc.upload.csv"
    left.write_text("87011234567")
    retention.forget(timezone.now())
    assert left.exists()
    retention.forget(timezone.now() + timedelta(hours=13))
    assert not left.exists()


def _dump() -> str:
    """Everything that the database holds, as text."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            tables = [
                row[0] for row in cursor.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
            ]
        else:
            tables = connection.introspection.table_names(cursor)
        rows = []
        for table in tables:
            cursor.execute(f'SELECT * FROM "{table}"')
            rows += [str(row) for row in cursor.fetchall()]
    return "\n".join(rows)


def test_a_dump_of_the_database_holds_no_number_and_no_name(campaign, actor, duty, call, log_in):
    campaigns.take(_read(campaign), campaign, actor)
    calling.record(calling.next_entry(campaign, duty, timezone.now()), CallResult.REFUSED, "kk", actor)
    desk.take([call(note="Звонили Петровой Анне Ивановне с 87015554433")], campaign.district, actor)
    desk.take([call(note="есептегіш тексереміз деген")], campaign.district, actor)
    client = log_in(duty)
    client.post(
        reverse("outbound_list", args=[campaign.pk]),
        {"file": SimpleUploadedFile("l.csv", "ФИО;Номер\nСерікұлы Болат;87017778899\n".encode()), "do": "take"},
    )
    dump = _dump()
    assert "есептегіш" in dump  # the dump is one
    for secret in ("7011234567", "123 45 67", "21599", "5554433", "7778899", "Петров", "Серікұлы"):
        assert secret not in dump


def test_a_person_is_forgotten_at_their_request(campaign, actor, district):
    campaigns.take(_read(campaign), campaign, actor)
    assert campaigns.forget_person("+77011234567", actor, never_again=True, district=district) == 1
    assert _read(campaign).unwanted == 1
    assert OutboundEntry.objects.exclude(number="").count() == 1


def test_numbers_are_hidden_with_a_key_outside_the_database(campaign, actor, monkeypatch):
    secret = numbers.hidden("+77011234567")
    assert numbers.shown(secret) == "+77011234567"
    monkeypatch.setattr(settings, "SECRET_KEY", "another")
    assert numbers.shown(secret) == ""


# House visits


@pytest.fixture
def round(district, okrugs):
    today = timezone.localdate()
    return VisitRound.objects.create(district=district, name="Үнпарақ", begins=today, ends=today)


def test_coverage_tells_what_is_left_also_where_nobody_has_been(round, okrugs, actor):
    visits.print_leaflets(round, okrugs[0], 420, None, actor)
    visits.visited(round, okrugs[0], timezone.localdate(), 100, 90, None, actor)
    covers = {one.okrug: one for one in visits.coverage(round)}
    done, untouched = covers[okrugs[0]], covers[okrugs[1]]
    assert (done.visited, done.left, done.share, done.handed, done.printed) == (100, 320, 24, 90, 420)
    assert (untouched.visited, untouched.left, untouched.last) == (0, 310, None)


def test_households_that_nobody_counted_are_not_zero(round, okrugs):
    Okrug.objects.filter(pk=okrugs[0].pk).update(households=None)
    cover = next(one for one in visits.coverage(round) if one.okrug == okrugs[0])
    assert (cover.left, cover.share) == (None, None)


def test_each_okrug_gets_a_code_of_its_own_once(round, okrugs, actor, log_in, duty):
    client, address = log_in(duty), reverse("round_codes", args=[round.pk])
    assert client.post(address, {"url": "https://example.com/x"}).status_code == 422
    assert client.post(address, {"url": "https://t.me/akkaiyn"}).status_code == 302
    assert client.post(address, {"url": "https://t.me/akkaiyn"}).status_code == 302
    codes = {one.link.code for one in visits.coverage(round)}
    assert len(codes) == Link.objects.count() == 3


def test_more_than_there_are_is_refused(round, okrugs, actor):
    day = timezone.localdate()
    visits.print_leaflets(round, okrugs[0], 10, None, actor)
    with refused("more_than_printed"):
        visits.visited(round, okrugs[0], day, 5, 11, None, actor)
    with refused("more_than_households"):
        visits.visited(round, okrugs[0], day, 421, 1, None, actor)


def test_okrugs_come_from_a_file_and_what_is_gone_from_it_stays_for_the_counts(district, okrugs, actor):
    content = _xlsx([["қазақша", "орысша", "дворы", "население"], ["Қиялы", "Киялинский", "1 250", 4100]])
    found = okrug_lists.read("okrugs.xlsx", content, district)
    assert not found.faults
    assert Okrug.objects.get(name_kk="Қиялы").households == 420  # nothing is saved by reading
    assert okrug_lists.take(found, district, actor) == 1
    assert Okrug.objects.get(name_kk="Қиялы").households == 1250
    assert [row.name_kk for row in Okrug.objects.filter(listed=True)] == ["Қиялы"]
    assert Okrug.objects.count() == 3


def test_the_page_of_okrugs_opens_again_after_a_list_came_in(district, other_district, okrugs, log_in, duty):
    """It comes back with the district in its address, for the people of one district too."""
    content = _xlsx([["қазақша", "орысша", "дворы", "население"], ["Қиялы", "Киялинский", 1250, 4100]])
    client, address = log_in(duty), reverse("okrugs")
    came_back = client.post(address, {"file": SimpleUploadedFile("okrugs.xlsx", content)}, follow=True)
    assert came_back.redirect_chain == [(f"{address}?district=akkaiyn", 302)]
    assert "1250" in came_back.content.decode()
    assert client.get(address, {"district": other_district.pk}).status_code == 404


def test_a_volunteer_is_a_first_name_or_a_code(log_in, duty, round, okrugs):
    client, address = log_in(duty), reverse("volunteer_add", args=[round.pk])
    for name, status in [("Айгүл", 302), ("Серікұлы Болат", 422), ("87011234567", 422), ("Айгүл", 422)]:
        given = {"volunteer-name": name, "volunteer-okrug": okrugs[0].pk}
        assert client.post(address, given).status_code == status
    assert [row.name for row in Volunteer.objects.all()] == ["Айгүл"]


# Cases


def test_a_case_is_not_counted_for_another_districts_okrug(district, other_district, log_in, person):
    theirs = Okrug.objects.create(district=other_district, name_kk="Есіл", name_ru="Есиль")
    client, given = log_in(person(Role.ADMIN, None)), {"day": "2026-01-10", "okrug": theirs.pk}
    assert client.post(reverse("case_add"), {**given, "district": district.pk}).status_code == 422
    assert not Case.objects.exists()
    assert client.post(reverse("case_add"), {**given, "district": other_district.pk}).status_code == 302


def test_cases_are_read_once_and_their_numbers_are_not_kept(district, okrugs, actor):
    text = "дата;округ;уловка;сумма;номер\n01.11.2026;Полтава;sms-code;250 000;2659-17\n;;;;\n2026-11-02;;;;2659-18\n"
    found = cases.read("cases.csv", text.encode(), district)
    assert not found.faults
    assert cases.take(found, district, actor) == 2
    first = Case.objects.get(pattern="sms-code")
    assert (first.day, first.amount, first.okrug) == (date(2026, 11, 1), 250_000, okrugs[1])
    assert "2659" not in first.reference
    again = cases.read("cases.csv", text.encode(), district)
    assert (len(again.cases), again.twice) == (0, 2)


def test_a_wrong_case_is_named_with_its_cell(district):
    text = "дата;уловка;сумма\n31.02.2026;sms-kode;много\n01.01.2090;;\n"
    found = cases.read("cases.csv", text.encode("cp1251"), district)
    assert [(fault.cell, fault.code) for fault in found.faults] == [
        ("A2", "not_a_day"),
        ("B2", "pattern_unknown"),
        ("C2", "not_a_number"),
        ("A3", "day_ahead"),
    ]
