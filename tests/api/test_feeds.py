"""CAP, Atom, RSS, iCal and the widget: only what stands in a channel, and nobody's secret."""

from __future__ import annotations

import re
from datetime import timedelta
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import pytest
from xmlschema import XMLSchema

from publisher.api import tokens
from publisher.api.warnings import NEWEST
from publisher.compose.models import Kind, Post
from publisher.deliver import actions
from publisher.deliver.models import Delivery, State
from publisher.people.audit import Actor, user_actor
from publisher.people.models import Role, User

CAP = "{urn:oasis:names:tc:emergency:cap:1.2}"
MOMENT = re.compile(r"\d\d\d\d-\d\d-\d\dT\d\d:\d\d:\d\d[-,+]\d\d:\d\d")
ALERT = ["identifier", "sender", "sent", "status", "msgType", "scope", "references", "info"]
INFO = [
    *("language", "category", "event", "responseType", "urgency", "severity", "certainty", "effective", "expires"),
    *("senderName", "headline", "description", "web", "contact", "area"),
]
VALUES = {
    "status": {"Actual", "Exercise", "System", "Test", "Draft"},
    "msgType": {"Alert", "Update", "Cancel", "Ack", "Error"},
    "scope": {"Public", "Restricted", "Private"},
    "category": {"Geo", "Met", "Safety", "Security", "Rescue", "Fire", "Health", "Env", "Transport", "Infra", "CBRNE"},
    "responseType": {"Shelter", "Evacuate", "Prepare", "Execute", "Avoid", "Monitor", "Assess", "AllClear", "None"},
    "urgency": {"Immediate", "Expected", "Future", "Past", "Unknown"},
    "severity": {"Extreme", "Severe", "Moderate", "Minor", "Unknown"},
    "certainty": {"Observed", "Likely", "Possible", "Unlikely", "Unknown"},
}


def alert(client, post) -> ElementTree.Element:
    reply = client.get(f"/feeds/cap/{post.pk}.xml")
    assert reply.status_code == 200
    assert reply["Content-Type"] == "application/cap+xml"
    standard().validate(reply.content.decode())
    return ElementTree.fromstring(reply.content)


@cache
def standard() -> XMLSchema:
    """The schema of the standard itself; nothing is fetched."""
    return XMLSchema(str(Path(__file__).parent / "CAP-v1.2.xsd"), allow="local")


def follows_the_standard(root: ElementTree.Element) -> None:
    """The schema's sequences, lists of values and form of moments (CAP 1.2, section 3)."""
    assert root.tag == f"{CAP}alert"
    for element, order in [(root, ALERT), *((info, INFO) for info in root.iter(f"{CAP}info"))]:
        names = [child.tag.removeprefix(CAP) for child in element]
        assert names == sorted(names, key=order.index)
    for element in root.iter():
        name = element.tag.removeprefix(CAP)
        if name in VALUES:
            assert element.text in VALUES[name]
        if name in ("sent", "effective", "expires"):
            assert MOMENT.fullmatch(element.text or "")
    for name in ("identifier", "sender"):
        assert not re.search(r"[ ,<&]", root.findtext(f"{CAP}{name}") or " ")


def test_an_alert_follows_the_standard_in_each_language(client, published):
    root = alert(client, published())
    follows_the_standard(root)
    assert [info.findtext(f"{CAP}language") for info in root.iter(f"{CAP}info")] == ["kk-KZ", "ru-KZ"]
    assert "2-15-65 & <b>." in root.find(f"{CAP}info").findtext(f"{CAP}description")
    assert root.findtext(f"{CAP}msgType") == "Alert"


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("<status>Real</status>", "<status>Actual</status>"),
        ("<sent>2026-11-27T10:00:00Z</sent>", "<sent>2026-11-27T10:00:00+05:00</sent>"),
        ("<scope>Public</scope><scope>Public</scope>", "<scope>Public</scope>"),
    ],
)
def test_the_standards_schema_tells_what_is_wrong(wrong, right):
    said = ["<identifier>x</identifier><sender>x</sender>", "<sent>2026-11-27T10:00:00+05:00</sent>",
            "<status>Actual</status><msgType>Alert</msgType><scope>Public</scope>"]  # fmt: skip
    whole = f'<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2">{"".join(said)}</alert>'
    assert standard().is_valid(whole)
    assert not standard().is_valid(whole.replace(right, wrong))


def test_a_withdrawn_warning_is_cancelled_with_a_reference(client, published):
    post = published()
    before = alert(client, post).findtext(f"{CAP}identifier")
    actions.withdraw(post, Actor("x"))
    Delivery.objects.filter(post=post).update(state=State.WITHDRAWN)
    root = alert(client, post)
    follows_the_standard(root)
    assert root.findtext(f"{CAP}msgType") == "Cancel"
    assert before in root.findtext(f"{CAP}references").split(",")


def test_a_corrected_warning_is_an_update(client, published):
    post = published()
    Post.objects.filter(pk=post.pk).update(revision=2)
    root = alert(client, post)
    follows_the_standard(root)
    assert root.findtext(f"{CAP}msgType") == "Update"


@pytest.mark.parametrize("address", ["warnings.atom", "warnings.rss", "cap.atom"])
def test_feeds_tell_warnings_that_stand_and_nothing_else(client, published, address):
    post = published()
    published("Тек науқан", Kind.HOTLINE_PROMO)
    published("Ертең", after=timedelta(hours=1))
    body = client.get(f"/feeds/{address}").content.decode()
    ElementTree.fromstring(body)
    assert body.count("Абайлаңыз!") >= 1
    assert f"post.{post.pk}.1" in body
    assert body.count("<entry>") + body.count("<item>") == 1
    assert "Ертең" not in body


def test_a_feed_of_one_district_and_language(client, published):
    published()
    assert "Абайлаңыз" not in client.get("/feeds/warnings.atom?district=esil").content.decode()
    told = client.get("/feeds/warnings.atom?district=akkaiyn&lang=ru").content.decode()
    assert "Осторожно" in told
    assert "Абайлаңыз" not in told


def test_a_feed_of_one_district_tells_no_other_districts_cancellation(client, published):
    post = published()
    actions.withdraw(post, Actor("x"))
    Delivery.objects.filter(post=post).update(state=State.WITHDRAWN)
    assert f"post.{post.pk}." in client.get("/feeds/cap.atom?district=akkaiyn").content.decode()
    assert f"post.{post.pk}." not in client.get("/feeds/cap.atom?district=esil").content.decode()


def test_an_alert_is_found_however_many_newer_ones_there_are(client, published):
    """A district's own feed still leads to it when others have warned more often since."""
    first = published()
    same, row = {"kind": first.kind, "status": first.status, "district": first.district}, first.deliveries.first()
    newer = Post.objects.bulk_create(Post(title="Тағы бірі", **same) for _ in range(NEWEST))
    later = {"state": State.SENT, "due_at": row.due_at, "sent_at": row.sent_at + timedelta(minutes=1)}
    Delivery.objects.bulk_create(Delivery(post=post, channel=row.channel, language="kk", **later) for post in newer)
    alert(client, first)


def test_the_calendar_opens_with_its_secret_alone(client, published, district):
    published("Ертең", after=timedelta(hours=1))
    person = User.objects.create(username="a", role=Role.OFFICER, district=district)
    stranger = User.objects.create(username="b", role=Role.OFFICER, district_id="esil")
    secrets = [tokens.calendar_key(one, user_actor(one)) for one in (person, stranger)]
    told = client.get(f"/feeds/calendar/{secrets[0]}.ics").content.decode()
    assert "SUMMARY:Ертең" in told
    assert "Абайлаңыз" not in told
    assert "Ертең" not in client.get(f"/feeds/calendar/{secrets[1]}.ics").content.decode()
    assert client.get("/feeds/calendar/wrong.ics").status_code == 404
    tokens.calendar_key(person, user_actor(person))
    assert client.get(f"/feeds/calendar/{secrets[0]}.ics").status_code == 404


def test_the_widget_is_framed_only_where_the_settings_say(client, published, settings):
    published()
    reply = client.get("/widget/warnings/")
    assert "frame-ancestors 'none'" in reply["Content-Security-Policy"]
    wanted = settings.CONFIG.interface.model_copy(update={"embed_on": ("https://akkaiyn.gov.kz",)})
    settings.CONFIG = settings.CONFIG.model_copy(update={"interface": wanted})
    reply = client.get("/widget/warnings/?lang=ru&district=akkaiyn")
    assert "frame-ancestors https://akkaiyn.gov.kz" in reply["Content-Security-Policy"]
    assert "X-Frame-Options" not in reply
    shown = reply.content.decode()
    assert "Осторожно" in shown
    assert "<script" not in shown
    assert "2-15-65 &amp; &lt;b&gt;" not in shown
    assert "&amp; &lt;b&gt;" in client.get("/widget/warnings/?lang=kk").content.decode()
