"""Scopes, districts, idempotency, pace: what a token gets and what it does not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from publisher.api import tokens
from publisher.api.models import Scope, Token
from publisher.compose.models import Post, Status
from publisher.deliver.models import Delivery, State
from publisher.people.audit import Actor
from publisher.people.models import AuditEntry, Region
from publisher.people.throttle import Limit

DRAFT = {"title": "Жаңа айла", "kind": "scam_warning", "district": "akkaiyn", "texts": {"kk": "Мәтін {hotline}"}}
READS = ["posts", "deliveries", "channels", "readings", "report?start=2026-01-01&end=2026-01-31"]


def post(client, data=None, **headers):
    return client.post("/api/v1/posts", data or DRAFT, content_type="application/json", headers=headers)


def test_without_a_token_nothing_is_told(db):
    for path in READS:
        assert Client().get(f"/api/v1/{path}").status_code == 401
    assert Client(headers={"Authorization": "Bearer pub_wrong"}).get("/api/v1/posts").json()["code"] == "unauthorized"


def test_a_revoked_token_is_no_token(caller):
    client = caller()
    tokens.revoke(Token.objects.get(), Actor("x"))
    assert client.get("/api/v1/posts").status_code == 401


def test_only_a_hash_is_kept(db):
    row, given = tokens.make("bot", Scope.values, Actor("x"))
    assert given not in str(Token.objects.values().get())
    assert given not in str(list(AuditEntry.objects.values()))
    assert tokens.look(given) == row


@pytest.mark.parametrize("path", READS)
def test_a_scope_opens_its_own_door_only(path, caller, published):
    published()
    wrong = Scope.REPORT_READ if not path.startswith("report") else Scope.POSTS_READ
    assert caller(wrong).get(f"/api/v1/{path}").status_code == 403
    assert caller(*Scope.values).get(f"/api/v1/{path}").status_code == 200


@pytest.mark.parametrize("path", READS[:4])
def test_another_districts_things_do_not_exist(path, caller, published, other_district):
    one = published()
    assert caller(of=other_district).get(f"/api/v1/{path}").json()["items"] == []
    assert caller(of=other_district).get(f"/api/v1/posts/{one.pk}").status_code == 404


def test_a_regions_token_sees_its_districts(published, db):
    published()
    for key, seen in [("sko", 1), ("akmola", 0)]:
        _row, given = tokens.make("bot", Scope.values, Actor("x"), region=Region.objects.get(pk=key))
        client = Client(headers={"Authorization": f"Bearer {given}"})
        assert len(client.get("/api/v1/posts").json()["items"]) == seen


def test_a_post_tells_its_texts_and_how_its_messages_stand(caller, published):
    one = published()
    told = caller().get(f"/api/v1/posts/{one.pk}").json()
    assert (told["status"], told["languages"]) == ("approved", ["kk", "ru"])
    assert {row["state"] for row in told["deliveries"]} == {"sent"}
    assert told["deliveries"][0]["address"] == f"https://t.me/x/{one.pk}"


def test_pages_follow_one_another_without_gap_or_repetition(caller, published):
    made = [published().pk for _ in range(3)]
    client, seen, after = caller(), [], 0
    while after is not None:
        page = client.get("/api/v1/posts", {"limit": 1, "after": after}).json()
        seen += [row["id"] for row in page["items"]]
        after = page["next"]
    assert seen == made[::-1]


def test_a_draft_waits_for_people(caller):
    reply = post(caller())
    made = Post.objects.get()
    assert (reply.status_code, reply.json()["id"]) == (201, made.pk)
    assert (made.status, made.origin, made.author_name) == (Status.DRAFT, "api", "bot (API)")
    assert made.versions.get().body == "Мәтін {hotline}"


def test_the_same_key_gives_the_same_draft_and_makes_none_twice(caller):
    client = caller()
    first, second = (post(client, **{"Idempotency-Key": "k-1"}) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    assert Post.objects.count() == 1
    other = post(client, DRAFT | {"title": "Басқа"}, **{"Idempotency-Key": "k-1"})
    assert (other.status_code, other.json()["code"]) == (409, "key_used")


def test_a_draft_for_another_district_or_channel_is_refused_and_not_made(caller):
    assert post(caller(), DRAFT | {"district": "esil"}).status_code == 404
    assert post(caller(), DRAFT | {"channels": ["none"]}).status_code == 404
    assert not Post.objects.exists()


def test_too_quick_a_token_is_told_to_wait(caller, monkeypatch):
    monkeypatch.setattr(tokens, "PACE", Limit("api", 2, tokens.PACE.span))
    client = caller()
    replies = [client.get("/api/v1/channels") for _ in range(3)]
    assert [reply.status_code for reply in replies] == [200, 200, 429]
    assert replies[-1]["Retry-After"] == "60"


def test_a_parameter_given_twice_is_refused(caller):
    answer = caller().get("/api/v1/posts?limit=1&limit=2")
    assert (answer.status_code, "limit" in answer.json()["detail"]) == (422, True)
    assert Client().get("/api/v1/posts?limit=1&limit=2").status_code == 401


def test_the_reports_numbers_are_those_of_the_console(caller, published):
    published()
    post = Post.objects.get()
    day = post.created_at.astimezone(post.district.zone).date().isoformat()  # the district's, not Greenwich's
    told = caller().get("/api/v1/report", {"start": day, "end": day, "district": "akkaiyn"}).json()["report"]
    assert (told["district"], told["posts_published"]) == ("akkaiyn", 1)
    assert caller().get("/api/v1/report", {"start": "2026-02-01", "end": "2026-01-01"}).status_code == 422


def test_what_is_about_to_be_sent_still_waits_for_everybody_else(caller, published):
    post = published(after=timedelta(hours=1))
    Delivery.objects.filter(post=post, language="kk").update(state=State.CLAIMED)
    told = caller().get("/api/v1/deliveries?state=waiting").json()["items"]
    assert [row["state"] for row in told] == ["waiting", "waiting"]
    assert caller().get("/api/v1/deliveries?state=claimed").json()["items"] == []


def test_a_title_of_blanks_makes_no_draft(caller, district):
    assert post(caller(), DRAFT | {"title": "   "}).status_code == 422
    assert not Post.objects.exists()
