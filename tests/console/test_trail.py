"""The audit trail's page: filters, before and after, download, check."""

from __future__ import annotations

import csv
import io

import pytest
from django.urls import reverse

from publisher.compose import posts
from publisher.people import trail, triggers
from publisher.people.audit import head, note, user_actor
from publisher.people.models import AuditEntry, Role


@pytest.fixture
def chief(log_in, person):
    return log_in(person(Role.CHIEF))


def test_a_day_far_off_is_told_and_breaks_nothing(chief):
    reply = chief.get(reverse("audit"), {"end": "9999-12-31", "start": "0001-01-01"})
    assert reply.content.decode().count("This year cannot be right") == 2


def test_who_did_what_and_what_was_there_before(chief, draft, officer):
    post = draft()
    posts.change(post, user_actor(officer), title="Жаңа атау")
    posts.save_versions(post, {"kk": "Жаңа мәтін"}, user_actor(officer))
    shown = chief.get(reverse("audit")).content.decode()
    assert "<del>Қоңырау шалған «тергеуші»</del> <ins>Жаңа атау</ins>" in shown
    assert "<ins>Жаңа мәтін</ins>" in shown
    assert head() in shown


def test_a_long_text_is_repeated_by_its_beginning_and_its_hash(draft, officer):
    posts.save_versions(draft(), {"kk": "ә" * 3000}, user_actor(officer))
    kept = AuditEntry.objects.first().after["kk"]
    assert kept.startswith("ә" * 500 + "… (3000, SHA-256 ")
    assert len(kept) < 600


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"subject": "post"}, {"edited", "submitted"}),
        ({"subject": "channel"}, {"channel_off"}),
        ({"verb": "submitted"}, {"submitted"}),
        ({"words": "residents"}, {"channel_off"}),
        ({"start": "2020-01-01", "end": "2020-01-02"}, set()),
        ({"end": "yesterday"}, {"edited", "submitted", "channel_off"}),
        ({"district": "esil"}, set()),
    ],
)
def test_filters(asked, found, log_in, person, district, officer):
    actor = user_actor(officer)
    for verb, subject in (("edited", "post:1"), ("submitted", "post:2"), ("channel_off", "channel:residents")):
        note(actor, verb, subject, district=district)
    rows = log_in(person(Role.ADMIN, of=None)).get(reverse("audit"), asked).context["page"]
    assert {row.verb for row in rows} == found


def test_another_districts_lines_are_not_shown_nor_taken_along(draft, log_in, person, other_district):
    draft(title="Тек Аққайыңға")
    client = log_in(person(Role.ADMIN, of=other_district))
    assert "Аққайыңға" not in client.get(reverse("audit")).content.decode()
    taken = b"".join(client.get(reverse("audit_download", args=["json"])).streaming_content).decode()
    assert "Аққайыңға" not in taken
    assert "post:" not in taken


def test_it_can_be_taken_along_and_no_cell_is_a_formula(chief, officer, district):
    officer.first_name = "=cmd|' /C calc'!A0"
    note(user_actor(officer), "edited", "post:1", district=district, after={"title": "+1"})
    reply = chief.get(reverse("audit_download", args=["csv"]))
    assert reply.headers["Content-Disposition"].startswith("attachment;")
    text = b"".join(reply.streaming_content).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert rows[-1]["actor"].startswith("'=cmd")
    assert rows[-1]["hash"] == head()
    assert chief.get(reverse("audit_download", args=["exe"])).status_code == 404


def test_the_page_says_whether_the_trail_is_whole(chief, draft):
    draft()
    noted = head()
    assert "The trail is whole" in chief.post(reverse("audit_check"), {"expected": noted}, follow=True).content.decode()
    unknown = chief.post(reverse("audit_check"), {"expected": "0" * 63 + "1"}, follow=True).content.decode()
    assert "does not stand in the trail" in unknown
    triggers.take_away()
    AuditEntry.objects.filter(number=2).update(actor_name="somebody else")
    broken = chief.post(reverse("audit_check"), follow=True).content.decode()
    assert "does not fit from line 2 on" in broken


def test_the_page_asks_for_as_many_rows_whatever_the_length(chief, officer, district, django_assert_max_num_queries):
    for number in range(60):
        note(user_actor(officer), "edited", f"post:{number}", district=district)
    with django_assert_max_num_queries(16):
        shown = chief.get(reverse("audit"))
    assert len(shown.context["page"]) == 50
    assert "page=2" in shown.content.decode()


def test_every_verb_that_is_noted_has_words():
    """What the code writes into the trail is said in words on the page."""
    import re
    from pathlib import Path

    import publisher
    from publisher.console.looks import VERBS

    written = set()
    for path in Path(publisher.__file__).parent.rglob("*.py"):
        written |= set(
            re.findall(r"""\bnote\(\s*[^,()]+(?:\([^()]*\))?,\s*"(\w+)",""", path.read_text(encoding="utf-8"))
        )
    assert "edited" in written
    assert written - set(VERBS) == set()


def test_lines_come_newest_first(db):
    assert trail.lines().query.order_by == ("-number",)
