"""`publisher hotline …` and what practice mode brings along."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from publisher import callcentre, cli, samples
from publisher.commands import reporting
from publisher.compose.models import Post
from publisher.hotline import alarms
from publisher.hotline import samples as call_samples
from publisher.hotline.models import (
    Alarm,
    Case,
    Cluster,
    Consultation,
    Okrug,
    OutboundCampaign,
    OutboundEntry,
    VisitRound,
)


@pytest.fixture
def run(capsys):
    """The exit code, and what was said."""

    def ran(*words: str):
        arguments = cli._parser().parse_args(["hotline", *words])
        _, _, name = arguments.function.rpartition(":")
        code = reporting(getattr(callcentre, name), arguments)
        said = capsys.readouterr()
        return code, said.out or said.err

    return ran


def test_counts_are_json_with_nothing_unknown_made_zero(run, told, okrugs):
    told(count=2, okrug=okrugs[0], outcome="loss")
    told(pattern="", verdict="not")
    today = f"{timezone.localdate()}"
    code, said = run("counts", "--from", today, "--to", today, "--json")
    data = json.loads(said)
    assert code == 0
    assert (data["calls"], data["losses"], data["amount_lost"]) == (3, 2, None)
    assert data["by_pattern"] == {"officer-safe-account": 2}
    assert data["by_okrug"] == {"Қиялы": 2, "": 1}


def test_okrugs_are_checked_and_then_taken(run, district, tmp_path):
    file = tmp_path / "okrugs.csv"
    file.write_text("қазақша,орысша,дворы\nҚиялы,Киялинский,500\n", encoding="utf-8")
    assert run("okrugs", f"{file}", "--check") == (0, "1 okrugs could be taken in.\n")
    assert not Okrug.objects.exists()
    assert run("okrugs", f"{file}")[0] == 0
    assert Okrug.objects.get().households == 500


def test_a_wrong_list_takes_nothing_in_and_names_the_cell(run, district, tmp_path):
    file = tmp_path / "cases.csv"
    file.write_text("дата;сумма\n01.11.2026;много\n", encoding="utf-8")
    code, said = run("cases", f"{file}")
    assert code == 2
    assert "B2: “много” is not a whole number." in said
    assert not Case.objects.exists()


def test_numbers_need_a_campaign_that_exists(run, district, tmp_path):
    file = tmp_path / "list.csv"
    file.write_text("номер\n87011234567\n", encoding="utf-8")
    code, said = run("outbound", f"{file}", "--campaign", "7")
    assert code == 2
    assert "There is no campaign 7" in said


def test_the_export_holds_every_report_and_no_formula(run, told):
    told(note="=1+1")
    code, said = run("export")
    head, row = said.splitlines()
    assert code == 0
    assert head.startswith("uid,at,district,okrug")
    assert "'=1+1" in row


@pytest.mark.parametrize(("bound", "notes"), [("--from", {"today"}), ("--to", {"long ago", "a while ago"})])
def test_an_export_may_have_one_end_alone(run, told, bound, notes):
    told(days=40, note="long ago")
    told(days=20, note="a while ago")
    told(note="today")
    day = timezone.localdate() - timedelta(days=10)
    lines = run("export", bound, f"{day}")[1].splitlines()[1:]
    assert {note for line in lines for note in ("today", "long ago", "a while ago") if note in line} == notes


def test_counts_of_days_in_the_wrong_order_are_refused_and_not_zero(run, told):
    told()
    code, said = run("counts", "--from", "2026-11-30", "--to", "2026-11-01")
    assert (code, "before the first" in said) == (2, True)


def test_deleting_asks_first(run, told):
    told(days=40, count=3)
    told()
    today = f"{timezone.localdate()}"
    assert "3 reports would be deleted" in run("delete", "--before", today)[1]
    assert Consultation.objects.count() == 4
    assert run("delete", "--before", today, "--yes")[0] == 0
    assert Consultation.objects.count() == 1


def test_forgetting_wants_a_telephone_number(run, district):
    assert run("forget", "12")[0] == 2
    assert run("forget", "87011234567", "--never-again")[0] == 0


def test_the_sample_call_centre_shows_every_page_and_goes_at_one_stroke(district, admin, told):
    mine = told()[0]
    call_samples.make(district, samples.TRAINER)
    assert Okrug.objects.count() == 11
    assert Alarm.objects.filter(pattern="officer-safe-account", okrug=None).exists()
    assert not Post.objects.exists()  # the clock begins the draft; the first film comes before it
    assert Cluster.objects.exists()
    assert all(row.number.startswith("gAAAA") for row in OutboundEntry.objects.all())
    alarms.draft(Alarm.objects.get(pattern="officer-safe-account", okrug=None), samples.TRAINER)
    assert samples.found(admin).calls > 0
    samples.remove(admin)
    assert list(Consultation.objects.all()) == [mine]
    for gone in (Okrug, Alarm, Cluster, Case, OutboundCampaign, VisitRound):
        assert not gone.objects.exists(), gone
