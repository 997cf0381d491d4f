"""People of two districts, and something for them to see."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from publisher.compose import posts
from publisher.compose.message import Wording
from publisher.compose.models import Kind, Post
from publisher.deliver import actions, status
from publisher.deliver.models import Channel
from publisher.people.audit import user_actor
from publisher.people.models import District, Role, User

BACKEND = "django.contrib.auth.backends.ModelBackend"
TEXTS = {
    "kk": "**Абайлаңыз!** Күмәндансаңыз, {hotline} нөміріне қоңырау шалыңыз.",
    "ru": "**Осторожно!** Сомневаетесь — звоните {hotline}.",
}


@pytest.fixture
def other_district(district) -> District:
    return District.objects.get(pk="esil")


@pytest.fixture
def person(district):
    """A person by role; `of=None` works for all districts."""

    def make(role: str = Role.OFFICER, of: District | str | None = "own", name: str = "") -> User:
        home = district if of == "own" else of
        name = name or f"{role}-{home.pk if home else 'all'}"
        found = User.objects.filter(username=name).first()
        return found or User.objects.create(
            username=name, first_name=name.title(), role=role, district=home, language="en", password="!"
        )

    return make


@pytest.fixture
def far_district(district) -> District:
    """Of another region than the first one."""
    far, _new = District.objects.get_or_create(
        key="zerendi",
        defaults={"name_kk": "Зеренді", "name_ru": "Зеренда", "hotline": "2-20-20", "region_id": "akmola"},
    )
    return far


@pytest.fixture
def regional(district):
    """A person by role who works for all districts of a region."""

    def make(role: str = Role.OFFICER, region: str = "sko") -> User:
        name = f"{role}-of-{region}"
        return User.objects.create(
            username=name, first_name=name.title(), role=role, region_id=region, language="en", password="!"
        )

    return make


@pytest.fixture
def log_in():
    def make(user: User) -> Client:
        client = Client()
        client.force_login(user, backend=BACKEND)
        return client

    return make


@pytest.fixture
def officer(person) -> User:
    return person(Role.OFFICER)


@pytest.fixture
def approver(person) -> User:
    return person(Role.APPROVER)


@pytest.fixture
def admin(person) -> User:
    return person(Role.ADMIN)


@pytest.fixture
def browser(log_in, officer) -> Client:
    """The officer's."""
    return log_in(officer)


@pytest.fixture
def channel(district, accounts) -> Channel:
    return Channel.objects.create(
        key="residents",
        account_id="telegram-main",
        platform_kind="channel",
        target="-1001",
        title="Тұрғындар",
        languages=["kk", "ru"],
        tags=["village"],
        district=district,
    )


@pytest.fixture
def draft(district, officer, channel):
    def make(texts=None, title="Қоңырау шалған «тергеуші»", author=None, **details) -> Post:
        actor = user_actor(author or officer)
        post = posts.blank(Kind.SCAM_WARNING, title, district, actor)
        posts.change(post, actor, **{"channel_keys": [channel.key], **details})
        wordings = {language: Wording(language, body) for language, body in (texts or TEXTS).items()}
        return posts.save_versions(post, wordings, actor)

    return make


@pytest.fixture
def in_review(draft, officer):
    def make(**details) -> Post:
        return posts.submit(draft(**details), user_actor(details.get("author") or officer))

    return make


@pytest.fixture
def queued(in_review, approver, person, channel):
    """Approved, and waiting for its hour."""

    def make(after: timedelta = timedelta(hours=1), **details) -> Post:
        post = posts.approve(in_review(**details), user_actor(approver))
        if post.urgent:
            posts.approve(post, user_actor(person(Role.CHIEF)))
        actions.schedule(post, [channel], timezone.now() + after, actor=user_actor(approver))
        return post

    return make


@pytest.fixture
def running(db) -> None:
    """The clock and a worker were heard of just now."""
    status.beat("clock")
    status.beat("worker:test")
