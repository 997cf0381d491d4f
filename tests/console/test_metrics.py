from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings
from django.db import DatabaseError, connection
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr

from publisher import metrics, readiness
from publisher.config import Metrics
from publisher.console.views import health as view
from publisher.deliver import pauses
from publisher.deliver.models import Account, Attempt, Bucket, Delivery, Heartbeat, Silence, State
from publisher.measure.models import Appointment, Horizon
from publisher.people.audit import SYSTEM
from publisher.tally import Tallies

HERE = {"headers": {"Host": "127.0.0.1:8000"}}
TARGET = "77010000001"


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    """No answer and no sum of another test."""
    monkeypatch.setattr(view, "page", metrics.Page())


@pytest.fixture
def token(monkeypatch):
    config = settings.CONFIG.model_copy(update={"metrics": Metrics(token=SecretStr("s3cret-of-the-watcher"))})
    monkeypatch.setattr(settings, "CONFIG", config)
    return "s3cret-of-the-watcher"


@pytest.fixture
def scrape(client):
    """Every number of the page, as the official parser reads it: (name, labels) → value."""

    def read() -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
        view.page = metrics.Page()
        reply = client.get("/metrics", **HERE)
        assert reply.status_code == 200
        families = text_string_to_metric_families(reply.content.decode())
        return {(s.name, tuple(sorted(s.labels.items()))): s.value for family in families for s in family.samples}

    return read


def _of(numbers, name, **labels):
    return numbers[f"publisher_{name}", tuple(sorted(labels.items()))]


@pytest.fixture
def attempt(queued, channel):
    """One ended attempt of a delivery of its own; `late`: seconds from its moment to its end."""

    def make(outcome="sent", late=0.5, days=0.0, **fields) -> Attempt:
        delivery = Delivery.objects.filter(attempts=None).first() or queued().deliveries.first()
        due = timezone.now() - timedelta(days=days, seconds=late)
        Delivery.objects.filter(pk=delivery.pk).update(due_at=due, created_at=due, **fields)
        return Attempt.objects.create(
            delivery=delivery,
            number=1,
            worker="w",
            claimed_at=due,
            ended_at=due + timedelta(seconds=late),
            outcome=outcome,
        )

    return make


def test_the_page_is_what_the_official_parser_reads(scrape, queued, running):
    queued()
    numbers = scrape()
    assert _of(numbers, "deliveries", state="waiting_later") == 2
    assert _of(numbers, "overdue_deliveries") == 0
    assert _of(numbers, "parts_alive", part="worker") == 1
    assert _of(numbers, "heartbeat_age_seconds", part="clock") < 45
    assert _of(numbers, "render_jobs", state="queued") == 0
    assert _of(numbers, "disk_free_bytes") > 0


def test_what_is_due_held_unknown_and_overdue_is_told_apart(scrape, queued):
    first, second = queued().deliveries.all()
    third, fourth = queued().deliveries.all()
    long_ago = timezone.now() - timedelta(minutes=5)
    Delivery.objects.filter(pk=first.pk).update(due_at=long_ago)
    Delivery.objects.filter(pk=second.pk).update(due_at=long_ago, held="paused_meanwhile")
    Delivery.objects.filter(pk=third.pk).update(state=State.UNKNOWN, due_at=long_ago)
    Delivery.objects.filter(pk=fourth.pk).update(not_before=timezone.now() + timedelta(minutes=1))
    numbers = scrape()
    found = {state: _of(numbers, "deliveries", state=state) for state in ("waiting_due", "waiting_held", "unknown")}
    assert found == {"waiting_due": 1, "waiting_held": 1, "unknown": 1}
    assert _of(numbers, "overdue_deliveries") == 1
    assert _of(numbers, "oldest_overdue_seconds") >= 300
    assert _of(numbers, "oldest_unknown_seconds") >= 300
    assert _of(numbers, "deliveries_put_off") == 1


def test_outcomes_are_counted_by_kind_and_lateness_by_seconds(scrape, attempt):
    for late in (0.05, 0.2, 2.0, 5000.0):
        attempt(late=late)
    attempt("rate_limited")
    attempt("outcome_unknown")
    numbers = scrape()
    assert _of(numbers, "attempts_total", account="telegram-main", outcome="sent") == 4
    assert _of(numbers, "attempts_total", account="telegram-main", outcome="rate_limited") == 1
    assert not any(("outcome", "outcome_unknown") in labels for _, labels in numbers)
    counts = [
        _of(numbers, "delivery_lateness_seconds_bucket", priority="ordinary", le=edge)
        for edge in ("0.1", "0.3", "3.0", "3600.0", "+Inf")
    ]
    assert counts == [1, 2, 3, 3, 4]
    assert _of(numbers, "delivery_lateness_seconds_sum", priority="ordinary") == pytest.approx(5002.25, abs=0.05)


def test_what_a_person_sent_late_on_purpose_is_not_lateness(scrape, attempt):
    attempt(late=5000.0, late_ok=True)
    attempt(late=0.2, priority=Delivery.URGENT)
    numbers = scrape()
    assert _of(numbers, "delivery_lateness_seconds_count", priority="ordinary") == 0
    assert _of(numbers, "delivery_lateness_seconds_count", priority="urgent") == 1


def test_a_found_message_raises_the_counter_and_lowers_none(scrape, attempt):
    unknown = attempt("outcome_unknown")
    before = scrape()
    Attempt.objects.filter(pk=unknown.pk).update(outcome="sent")
    after = scrape()
    counters = [key for key in before if key[0].endswith("_total") and key[0].startswith("publisher_")]
    assert all(after[key] >= before[key] for key in counters)
    assert _of(after, "attempts_total", account="telegram-main", outcome="sent") == 1


def test_old_attempts_are_added_up_once_and_still_counted(attempt, django_assert_max_num_queries):
    for _ in range(3):
        attempt(days=2)
    tallies = Tallies()
    assert tallies.read().outcomes["telegram-main", "sent"] == 3
    attempt()
    with django_assert_max_num_queries(3):  # the clock of PostgreSQL; is there something newly old; the last day
        tally = tallies.read()
    assert tally.outcomes["telegram-main", "sent"] == 4
    assert tally.late[False, 2] == 4


def test_limits_stops_and_readings_are_told(scrape, queued, channel):
    at = timezone.now().timestamp()
    Bucket.objects.create(key="account:telegram-main", blocked_until=at + 50)
    Bucket.objects.create(key=f"chat:telegram-main:{TARGET}", blocked_until=at + 50)
    Bucket.objects.create(key="account:telegram-main:1", full_at=at + 10)
    Account.objects.filter(pk="whatsapp-main").update(paused_at=timezone.now(), pause_reason="access_lost")
    pauses.stop("district:esil", "мәтін қате", SYSTEM)
    delivery = queued().deliveries.first()
    Appointment.objects.create(delivery=delivery, horizon=Horizon.HOUR, due_at=timezone.now() - timedelta(minutes=2))
    Silence.objects.create(
        account_id="telegram-main", since=timezone.now(), failures=5, pause=5, probe_at=timezone.now()
    )
    numbers = scrape()
    assert _of(numbers, "account_silent", account="telegram-main") == 1
    assert _of(numbers, "account_silent", account="whatsapp-main") == 0
    assert 40 < _of(numbers, "account_blocked_seconds", account="telegram-main") <= 50
    assert _of(numbers, "chats_blocked", account="telegram-main") == 1
    assert 5 < _of(numbers, "account_pace_booked_seconds", account="telegram-main") <= 10
    assert _of(numbers, "account_paused", account="whatsapp-main", reason="access_lost") == 1
    assert _of(numbers, "stopped", kind="district", key="esil") == 1
    assert _of(numbers, "channels", district="akkaiyn", state="on") == 1
    assert _of(numbers, "readings_due") == 1
    assert _of(numbers, "oldest_reading_due_seconds") >= 120


def test_no_label_tells_a_secret_a_chat_or_a_person(client, queued, channel, officer, running):
    channel.target = TARGET
    channel.save()
    Bucket.objects.create(key=f"chat:telegram-main:{TARGET}", blocked_until=timezone.now().timestamp() + 50)
    post = queued()
    Delivery.objects.filter(post=post).update(error_detail="personal detail")
    pauses.stop("all", "a reason in somebody's words", SYSTEM)
    text = client.get("/metrics", **HERE).content.decode()
    private = (TARGET, channel.title, post.title, str(officer), officer.username, "personal detail", "somebody's words")
    for word in (*private, "123456:TEST-token", "test-app-secret", "2-15-65"):
        assert word not in text


def test_without_a_token_only_this_computer_may_read(client, db):
    assert client.get("/metrics", **HERE).status_code == 200
    assert client.get("/metrics", **HERE, REMOTE_ADDR="192.168.0.9").status_code == 403
    assert client.get("/metrics", headers={"Host": "testserver"}).status_code == 403


@pytest.mark.parametrize("header", view.PROXIED)
def test_a_proxy_on_this_computer_is_not_this_computer(client, db, header):
    assert client.get("/metrics", headers={"Host": "127.0.0.1", header: "203.0.113.9"}).status_code == 403


def test_with_a_token_it_is_asked_of_everybody(client, db, token):
    refused = client.get("/metrics", **HERE)
    assert refused.status_code == 401
    assert refused.headers["WWW-Authenticate"] == "Bearer"
    for wrong in ("Bearer guess", f"Basic {token}", token):
        assert client.get("/metrics", headers={"Authorization": wrong}).status_code == 401
    assert client.get("/metrics", headers={"Authorization": f"Bearer {token}"}).status_code == 200


def test_an_impatient_watcher_makes_no_load(client, db, django_assert_num_queries):
    client.get("/metrics", **HERE)
    with django_assert_num_queries(0):
        client.get("/metrics", **HERE)


def test_without_a_database_there_is_no_answer_and_no_detail(client, db, monkeypatch):
    def broken():
        raise DatabaseError("password=secret")

    monkeypatch.setattr(view.page, "text", broken)
    reply = client.get("/metrics", **HERE)
    assert reply.status_code == 503
    assert "secret" not in reply.content.decode()


def test_ready_when_database_migrations_fence_and_disk_are_well(client, db):
    reply = client.get("/readyz")
    assert reply.status_code == 200
    assert reply.json() == {
        "ready": True,
        "checks": {"database": "ok", "migrations": "ok", "fence": "ok", "disk": "ok"},
    }


def test_a_restored_copy_is_not_ready_until_somebody_confirms_it(client, district):
    pauses.fence("restored", SYSTEM)
    reply = client.get("/readyz")
    assert reply.status_code == 503
    assert reply.json()["checks"]["fence"] == "restored_copy"
    pauses.resume(pauses.RESTORED, SYSTEM)
    assert client.get("/readyz").status_code == 200


def test_a_database_behind_the_program_is_not_ready(db, monkeypatch):
    monkeypatch.setattr(readiness, "_migrated", set())
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'measure'")
    assert readiness.checks()["migrations"] == "not_migrated"


def test_a_database_that_is_away_is_told_and_nothing_more_is_asked(client, db, monkeypatch):
    class Away:
        def cursor(self):
            raise DatabaseError("password=secret")

    monkeypatch.setattr(readiness, "connection", Away())
    reply = client.get("/readyz")
    assert reply.status_code == 503
    assert reply.json()["checks"] == {
        "database": "unreachable",
        "migrations": "not_asked",
        "fence": "not_asked",
        "disk": "ok",
    }


def test_a_disk_that_takes_nothing_is_told(db, monkeypatch):
    def full(_number):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(readiness.os, "fsync", full)
    assert readiness.checks()["disk"] == "not_writable"
    assert not list(settings.HOME.var.glob("writable-*"))


def test_a_disk_with_little_room_is_told(db, monkeypatch):
    monkeypatch.setattr(readiness, "SPACE", 10**18)
    assert readiness.checks()["disk"] == "nearly_full"


def test_a_dead_worker_shows_as_a_heartbeat_that_ages(scrape, running):
    Heartbeat.objects.filter(name="worker:test").update(at=timezone.now() - timedelta(minutes=2))
    numbers = scrape()
    assert _of(numbers, "heartbeat_age_seconds", part="worker") >= 120
    assert _of(numbers, "parts_alive", part="worker") == 0
