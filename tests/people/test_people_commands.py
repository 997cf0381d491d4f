"""`publisher audit` and `publisher person` as they are called."""

from __future__ import annotations

import json
from argparse import Namespace

import pytest
from django.db import connection

from publisher import commands, ledger, staffing
from publisher.people import audit, triggers
from publisher.people.audit import SYSTEM, note
from publisher.people.models import Factor, Invitation, SecondFactor, User


@pytest.fixture
def trail(district):
    for number in range(3):
        note(SYSTEM, "edited", f"post:{number}", district=district, after={"title": "=1+1"})


def check(capsys, expect: str = "") -> tuple[int, dict]:
    code = commands.reporting(ledger.check, Namespace(expect=expect, json=True))
    return code, json.loads(capsys.readouterr().out)


def test_a_whole_trail_ends_with_0_and_shows_its_head(trail, capsys):
    code, found = check(capsys)
    assert (code, found["whole"], found["lines"], found["head"]) == (0, True, 3, audit.head())
    assert check(capsys, audit.head())[0] == 0


def test_a_change_behind_the_programs_back_is_named(trail, capsys):
    triggers.take_away()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE people_auditentry SET actor_name = 'somebody else' WHERE number = 2")
    code, found = check(capsys)
    assert (code, found["broken"], found["guarded"]) == (1, {"number": 2, "what": "changed"}, False)
    commands.reporting(ledger.check, Namespace(expect="", json=False))
    assert "Line 2 does not fit" in capsys.readouterr().out


def test_a_hash_that_is_not_there_ends_with_1(trail, capsys):
    code, found = check(capsys, "f" * 64)
    assert (code, found["broken"], found["expected_found"]) == (1, None, False)


def test_missing_triggers_end_with_1_although_the_lines_are_whole(trail, capsys):
    triggers.take_away()
    code, found = check(capsys)
    assert (code, found["whole"], found["guarded"]) == (1, True, False)


def test_the_trail_is_exported(trail, capsys, tmp_path):
    given = {"start": None, "end": None}
    file = tmp_path / "trail.json"
    assert commands.reporting(ledger.export, Namespace(format="json", out=file, **given)) == 0
    assert json.loads(file.read_text(encoding="utf-8"))[-1]["hash"] == audit.head()
    capsys.readouterr()
    assert commands.reporting(ledger.export, Namespace(format="csv", out=None, **given)) == 0
    assert capsys.readouterr().out.count("post:") == 3
    wrong = Namespace(format="csv", out=None, start="yesterday", end=None)
    assert commands.reporting(ledger.export, wrong) == 2


def test_whoever_is_locked_out_is_let_in_from_the_computer_itself(db, capsys):
    user = User.objects.create_user("aigul", role="admin")
    SecondFactor.objects.create(user=user, kind=Factor.APP, name="x", secret="x")
    commands.reporting(staffing.listing, Namespace(json=True))
    assert json.loads(capsys.readouterr().out)[0]["second_factor"] is True
    assert commands.reporting(staffing.reset, Namespace(name="aigul", json=False)) == 0
    assert not user.second_factors.exists()
    capsys.readouterr()
    assert commands.reporting(staffing.password, Namespace(name="aigul", json=True)) == 0
    assert "/invitation/" in json.loads(capsys.readouterr().out)["url"]
    assert commands.reporting(staffing.reset, Namespace(name="nobody", json=False)) == 2


def test_an_invitation_may_be_for_a_whole_region(district, capsys):
    def invite(region: str) -> int:
        given = Namespace(role="officer", district=None, region=region, json=True)
        return commands.reporting(commands.invite, given)

    assert invite("sko") == 0
    assert Invitation.objects.get().region_id == "sko"
    assert invite("none") == 2
