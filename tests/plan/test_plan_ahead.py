"""The clock's step: a file that cannot be used holds up nothing that was made of the others and approved."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from publisher import clock
from publisher.compose.models import Post, Status
from publisher.deliver.models import Channel, Delivery
from publisher.plan import making
from tests.plan.plan_texts import WEEKLY

BY_PLAN = WEEKLY.replace("Mon 10:00", "* 10:00").replace("to:", "approve: plan\nprepare_days: 1\nto:")


@pytest.fixture
def approved(home, settings, write, template, district, accounts, monkeypatch):
    """A post of the plan is approved, and the next step queues it."""
    telegram = {"account_id": "telegram-main", "target": "-1001", "platform_kind": "channel"}
    spoken = {"languages": ["kk", "ru"], "tags": ["residents"], "district": district}
    Channel.objects.create(key="akkaiyn-tg", **telegram, **spoken)
    folders = {"content": home.content, "schedules": home.schedules}
    settings.HOME = SimpleNamespace(media=settings.HOME.media, var=settings.HOME.var, **folders)
    write(BY_PLAN)
    template("one")
    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(making, "_prepared", lambda now: [])
        clock.plan_ahead()
    return Post.objects.get(status=Status.APPROVED)


def test_an_approved_post_is_queued_beside_a_plan_that_cannot_be_read(approved, write, caplog):
    write("name: [", "other.yaml")
    assert clock.plan_ahead() == 1
    assert {row.post for row in Delivery.objects.all()} == {approved}
    assert "other.yaml" in caplog.text


def test_an_approved_post_is_queued_beside_a_template_that_cannot_be_read(approved, home, write, caplog):
    (home.content / "one" / "kk.md").write_text("---\nkind: [\n---\n", encoding="utf-8")
    write(BY_PLAN.replace("prepare_days: 1", "prepare_days: 14"))  # more posts are to be made of it
    assert clock.plan_ahead() == 1
    assert "kk.md" in caplog.text
