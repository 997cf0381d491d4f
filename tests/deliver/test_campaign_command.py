"""`publisher campaign` as it is called."""

from __future__ import annotations

import json
from argparse import Namespace

from publisher import campaigning, commands
from publisher.compose import posts
from publisher.compose.message import Wording
from publisher.compose.models import Kind
from publisher.people.audit import Actor
from publisher.plan.models import Campaign

SHELL = Actor("shell")


def call(function, capsys, **given) -> tuple[int, object]:
    code = commands.reporting(function, Namespace(json=True, **given))
    out = capsys.readouterr().out
    return code, json.loads(out) if out else None


def start(district, capsys, **given):
    post = posts.blank(Kind.NOTICE, "Хабарландыру", district, SHELL)
    posts.save_versions(post, {"kk": Wording("kk", "{district}: {hotline}")}, SHELL)
    posts.approve_from_shell(post, SHELL)
    how = {"districts": "all", "region": None, "order": True, "at": None, "answer_by": None, **given}
    return call(campaigning.start, capsys, post=post.pk, **how)


def test_a_campaign_is_begun_shown_and_withdrawn(district, accounts, capsys):
    code, made = start(district, capsys)
    assert (code, made["binding"], made["counts"]) == (0, "ordered", {"waiting": 1})
    assert made["districts"][0]["district"] == "esil"
    assert call(campaigning.listing, capsys)[1][0]["id"] == made["id"]
    assert call(campaigning.show, capsys, campaign=made["id"])[1] == made
    assert call(campaigning.pass_on, capsys, campaign=made["id"])[0] == 2
    assert call(campaigning.withdraw, capsys, campaign=made["id"])[1] == {"id": made["id"], "withdrawn": 1}


def test_a_region_names_its_districts_and_an_unknown_district_is_refused(district, accounts, capsys):
    assert start(district, capsys, region="akmola")[0] == 2
    assert start(district, capsys, districts="esil,none")[0] == 2
    assert not Campaign.objects.exists()
