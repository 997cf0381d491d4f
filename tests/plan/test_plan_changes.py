from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from publisher.compose.refusal import Refusal
from publisher.people.audit import Actor
from publisher.people.models import AuditEntry
from publisher.plan import changes
from publisher.plan.models import Slot, SlotState

NOW = datetime(2026, 11, 24, 6, tzinfo=UTC)
AIGUL = Actor("Aigul")


@pytest.fixture
def slot(district, time_machine_at):
    time_machine_at(NOW)

    def slot(at: datetime = NOW + timedelta(days=1), **more: object) -> Slot:
        return Slot.objects.create(plan="weekly", at=at, district=district, channel_keys=["tg"], **{"rule": {}} | more)

    return slot


def test_a_skipped_slot_is_a_persons_and_stands_in_the_audit_trail(slot):
    one = slot()
    changes.skip(one, AIGUL)
    one.refresh_from_db()
    assert (one.state, one.reason, one.by_person) == ("skipped", "by_person", True)
    entry = AuditEntry.objects.get()
    assert (entry.actor_name, entry.verb, entry.subject) == ("Aigul", "slot_skipped", f"slot:{one.pk}")


def test_a_slot_skipped_for_a_holiday_can_be_restored(slot):
    one = slot(state=SlotState.SKIPPED, reason="holiday")
    changes.restore(one, AIGUL)
    one.refresh_from_db()
    assert (one.state, one.reason, one.by_person) == ("planned", "", True)


def test_a_slot_moves_with_its_rule_and_channels(slot):
    one = slot(rule={"at": "Mon 10:00"})
    moved = changes.move(one, NOW + timedelta(days=2), AIGUL)
    assert (moved.at, moved.rule, moved.channel_keys, moved.state) == (
        NOW + timedelta(days=2),
        {"at": "Mon 10:00"},
        ["tg"],
        "planned",
    )


@pytest.mark.parametrize(("to", "code"), [(timedelta(hours=-1), "in_the_past"), (timedelta(days=3), "slot_taken")])
def test_a_slot_does_not_move_into_the_past_or_onto_another(slot, to, code):
    one, _ = slot(), slot(NOW + timedelta(days=3))
    with pytest.raises(Refusal) as caught:
        changes.move(one, NOW + to, AIGUL)
    one.refresh_from_db()
    assert (caught.value.code, one.state, one.by_person) == (code, "planned", False)
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize("state", [SlotState.MADE, SlotState.MISSED])
def test_a_slot_with_its_post_made_is_not_changed_any_more(slot, state):
    one = slot(state=state)
    with pytest.raises(Refusal) as caught:
        changes.skip(one, AIGUL)
    assert caught.value.code == "slot_done"


def test_a_slot_that_has_passed_is_not_changed_any_more(slot):
    with pytest.raises(Refusal):
        changes.restore(slot(NOW - timedelta(minutes=1), state=SlotState.SKIPPED), AIGUL)
