"""Every address × every role × own and other district. A new view without a rule, or without an example, fails."""

from __future__ import annotations

import pytest
from django.urls import URLPattern, reverse

from publisher.compose.models import PostMedia, Upload
from publisher.people.access import GRANTS, May
from publisher.people.models import Role
from publisher.plan.models import Slot
from publisher.render.models import RenderJob
from publisher.urls import urlpatterns

NAMED = [pattern for pattern in urlpatterns if pattern.name]
PUBLIC = {"login", "invitation", "language", "healthz", "readyz", "metrics", "hook_whatsapp"}
OF_A_DISTRICT = {
    *("post", "edit", "again", "live", "submit", "approve", "give_back", "cancel", "withdraw"),
    *("keep", "versions", "restore"),
    *("media_add", "media_earlier", "media_choose", "media_remove", "media_language", "upload", "thumbnail"),
    *("media_brand", "media_brand_stop", "media_jobs"),
    *("move_post", "move_slot", "slot_switch"),
    "done_by_hand",
    *("settle", "send_anyway", "drop", "channel_check", "channel_switch", "channel_tags", "person_switch"),
}
ALL_ROLES = [*Role.values]


def _public(pattern: URLPattern) -> bool:
    return not getattr(pattern.callback, "login_required", True)


@pytest.fixture
def address(queued, channel, district, person):
    """An existing thing of the first district for every address."""
    post = queued()
    upload = Upload.objects.create(
        sha256="a" * 64, path="uploads/none.jpg", name="x", kind="photo", mime="image/jpeg", size=1
    )
    media = PostMedia.objects.create(post=post, upload=upload)
    job = RenderJob.objects.create(post=post, source=upload, language="kk", format="16:9", profile="telegram")
    given = {
        "job": job.pk,
        "version": post.snapshots.first().pk,
        "token": "none",
        "kind": "json",
        "path": "x",
        "key": "telegram-main",
        "account_key": "none",
        "sha256": upload.sha256,
        "media": media.pk,
    }

    slot = Slot.objects.create(
        plan="weekly", at=post.deliveries.first().due_at, district=district, rule={"name": "x"}, channel_keys=[]
    )

    def of(pattern: URLPattern) -> str:
        names = pattern.pattern.converters
        pks = {"channel": channel.pk, "deliveries": post.deliveries.first().pk, "people": person(name="colleague").pk}
        pks |= {"slots": slot.pk}
        route = str(pattern.pattern)
        pk = next((value for part, value in pks.items() if route.startswith(part)), post.pk)
        return reverse(pattern.name, kwargs={name: pk if name == "pk" else given[name] for name in names})

    return of


@pytest.mark.parametrize("pattern", NAMED, ids=lambda pattern: pattern.name)
def test_every_view_says_who_may_see_it(pattern):
    assert _public(pattern) == (pattern.name in PUBLIC)
    if not _public(pattern):
        assert hasattr(pattern.callback, "needs") or hasattr(pattern.callback, "view_class")


@pytest.mark.parametrize("pattern", NAMED, ids=lambda pattern: pattern.name)
def test_strangers_are_sent_to_the_log_in(pattern, address, client):
    if _public(pattern):
        return
    for ask in (client.get, client.post):
        reply = ask(address(pattern))
        assert reply.status_code == 302
        assert reply.headers["Location"].startswith("/login/")


@pytest.mark.parametrize("role", ALL_ROLES)
@pytest.mark.parametrize("pattern", [p for p in NAMED if not _public(p)], ids=lambda pattern: pattern.name)
def test_a_role_gets_exactly_what_it_was_granted(pattern, role, address, log_in, person):
    needed: May | None = getattr(pattern.callback, "needs", None)
    client = log_in(person(role, name="asker"))
    replies = [ask(address(pattern)).status_code for ask in (client.get, client.post)]
    allowed = needed is None or needed in GRANTS[role]
    assert (403 not in replies) if allowed else all(code in (403, 405) for code in replies)
    assert any(code != 405 for code in replies)


@pytest.mark.parametrize("role", ALL_ROLES)
@pytest.mark.parametrize("pattern", [p for p in NAMED if p.name in OF_A_DISTRICT], ids=lambda pattern: pattern.name)
def test_what_is_another_districts_does_not_exist(pattern, role, address, log_in, person, other_district):
    client = log_in(person(role, of=other_district))
    replies = [ask(address(pattern)).status_code for ask in (client.get, client.post)]
    assert set(replies) <= {403, 404, 405}
    assert replies != [405, 405]


def test_every_address_with_a_row_in_it_is_checked_for_the_district():
    with_rows = {p.name for p in NAMED if {"pk", "sha256"} & set(p.pattern.converters)}
    assert with_rows == OF_A_DISTRICT


@pytest.mark.parametrize("page", ["today", "calendar", "posts", "channels", "people", "report"])
def test_lists_show_nothing_of_other_districts(page, queued, log_in, person, other_district):
    post = queued(title="Тек Аққайыңға")
    client = log_in(person(Role.ADMIN, of=other_district))
    shown = client.get(reverse(page)).content.decode()
    assert post.title not in shown
    assert "Тұрғындар" not in shown
    assert "officer-akkaiyn" not in shown
