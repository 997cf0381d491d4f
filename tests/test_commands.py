from __future__ import annotations

from argparse import Namespace

import pytest
from django.db import OperationalError
from django.utils import timezone

from publisher import cli, commands
from publisher.compose.models import Kind, Post, Status, Version
from publisher.deliver.models import Change, ChangeState, Channel, Delivery, State


@pytest.mark.django_db
def test_show_says_where_a_withdrawal_worked_and_where_people_act_by_hand(district, accounts, capsys):
    post = Post.objects.create(kind=Kind.NOTICE, district=district, title="Жиын", status=Status.WITHDRAWN)
    Version.objects.create(post=post, language="kk", body="{hotline}")
    for key, state, reason in [("a", ChangeState.DONE, ""), ("b", ChangeState.BY_HAND, "too_old_to_delete")]:
        channel = Channel.objects.create(
            key=key, account_id="telegram-main", target=key, platform_kind="group", languages=["kk"], district=district
        )
        delivery = Delivery.objects.create(
            post=post, channel=channel, language="kk", due_at=timezone.now(), state=State.SENT
        )
        Change.objects.create(
            delivery=delivery, kind="withdraw", state=state, due_at=timezone.now(), error_reason=reason
        )
    assert commands.reporting(commands.show, Namespace(id=post.pk, json=False)) == 0
    shown = capsys.readouterr().out
    assert "withdrawal: done." in shown
    assert "withdrawal: to be done by hand. The message is too old for the bot to delete." in shown


def test_a_database_that_is_away_is_told_in_a_sentence(monkeypatch, capsys):
    def away(*, migrating):
        raise OperationalError("connection to server at 10.0.0.1 failed: Connection refused\n\tIs it running?")

    monkeypatch.setattr(cli, "_set_up", away)
    assert [cli.main([command]) for command in ("queue", "run")] == [1, 1]
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 2
    assert "Connection refused. Is it running? See database: in config.yaml." in said[0]
