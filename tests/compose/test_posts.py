from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from publisher.compose import posts
from publisher.compose.checks import check_post
from publisher.compose.message import Wording, message_of
from publisher.compose.models import Kind, Post, PostMedia, Status, Upload
from publisher.compose.templates import LANGUAGES, Template, TemplateVersion
from publisher.people.audit import Actor
from publisher.people.models import AuditEntry
from publisher.yamlfile import FlawedFile

SHELL = Actor("aigul (command line)")
NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)


@pytest.fixture
def template():
    versions = {
        "kk": TemplateVersion("kk", "Тақырып", "{hotline}", ({"label": "a", "url": "https://egov.kz"},)),
        "ru": TemplateVersion("ru", "Тема", "{hotline}!", ({"label": "b", "url": "https://egov.kz"},)),
    }
    return Template("safe-account", "scam_warning", ("phone",), 30, 7, versions, "d" * 64)


@pytest.fixture
def post(template, district):
    return posts.from_template(template, district, SHELL)


@pytest.fixture
def upload(db):
    return Upload.objects.create(
        sha256="ab" * 32,
        path="uploads/film.mp4",
        name="film.mp4",
        kind="video",
        mime="video/mp4",
        size=3_000_000,
        duration=12.5,
        thumbnail="uploads/film.jpg",
    )


def bodies(post: Post) -> dict[str, str]:
    return dict(post.versions.values_list("language", "body"))


def trail(post: Post) -> list[str]:
    return list(AuditEntry.objects.filter(subject=f"post:{post.pk}").order_by("id").values_list("verb", flat=True))


def test_kinds_in_files_are_those_of_the_database():
    from typing import get_args

    from publisher.compose import frontmatter

    assert set(get_args(frontmatter.Kind)) == set(Kind.values)
    assert get_args(frontmatter.Language) == LANGUAGES


def test_a_template_becomes_a_draft_that_remembers_where_it_came_from(post):
    assert (post.kind, post.title, post.status) == ("scam_warning", "Тақырып", Status.DRAFT)
    assert (post.template_slug, post.template_digest) == ("safe-account", "d" * 64)
    assert bodies(post) == {"kk": "{hotline}", "ru": "{hotline}!"}
    assert post.versions.get(language="kk").buttons == [{"label": "a", "url": "https://egov.kz"}]
    assert (post.author_name, trail(post)) == ("aigul (command line)", ["created"])


def test_only_the_languages_asked_for_are_taken(template, district):
    assert bodies(posts.from_template(template, district, SHELL, ["ru"])) == {"ru": "{hotline}!"}


def test_a_templates_expiry_counts_from_its_moment(template, district):
    post = posts.from_template(template, district, SHELL, at=NOW)
    assert (post.publish_at, post.expires_at) == (NOW, NOW + timedelta(days=7))


def test_without_a_moment_it_counts_from_now(post):
    assert timedelta(days=6, hours=23) < post.expires_at - timezone.now() <= timedelta(days=7)


@pytest.fixture
def file(tmp_path):
    for language in ("kk", "ru"):
        front = f"---\nlanguage: {language}\nkind: notice\ntitle: Жиын {language}\nurgent: true\n---\n"
        (tmp_path / f"{language}.md").write_text(front + f"{language} {{hotline}}")
    return tmp_path


def test_a_file_becomes_a_post_and_nothing_more(file, district):
    post = posts.from_file(file, district, SHELL)
    assert (post.kind, post.title, post.urgent, post.origin) == ("notice", "Жиын kk", True, "shell")
    assert bodies(post) == {"kk": "kk {hotline}", "ru": "ru {hotline}"}
    assert post.status == Status.DRAFT


def test_a_flawed_file_leaves_no_post(file, district):
    (file / "ru.md").write_text("---\nlanguage: ru\n---\n{x}")
    with pytest.raises(FlawedFile):
        posts.from_file(file, district, SHELL)
    assert not Post.objects.exists()


def test_a_name_is_a_path_first_and_a_template_otherwise(file, district, monkeypatch):
    assert posts.resolve(settings.HOME, str(file), district, SHELL).title == "Жиын kk"
    assert posts.resolve(settings.HOME, str(file / "ru.md"), district, SHELL).title == "Жиын ru"
    slug = min(path.name for path in settings.HOME.content.iterdir() if path.is_dir())
    assert posts.resolve(settings.HOME, slug, district, SHELL).template_slug == slug
    assert posts.resolve(settings.HOME, str(settings.HOME.content / slug), district, SHELL).template_slug == slug


@pytest.mark.parametrize(("name", "message"), [("no-such-thing", "there is no template"), ("a/b.md", "no such file")])
def test_a_name_that_is_neither_is_refused(name, message, district):
    with pytest.raises(FlawedFile, match=message):
        posts.resolve(settings.HOME, name, district, SHELL)


def test_a_new_body_keeps_the_buttons_and_is_written_down(post):
    posts.save_versions(post, {"kk": "Жаңа {hotline}"}, SHELL)
    assert bodies(post) == {"kk": "Жаңа {hotline}", "ru": "{hotline}!"}
    assert post.versions.get(language="kk").buttons == [{"label": "a", "url": "https://egov.kz"}]
    assert AuditEntry.objects.first().detail == {"languages": ["kk"]}


def test_a_whole_wording_replaces_buttons_and_poll(post):
    poll = {"question": "a", "options": ["b", "c"], "answer": 1, "explanation": ""}
    posts.save_versions(post, {"en": Wording("en", "{hotline}", (), poll)}, SHELL)
    version = post.versions.get(language="en")
    assert (version.body, version.buttons, version.poll) == ("{hotline}", [], poll)


def test_an_empty_body_takes_the_language_away(post):
    posts.save_versions(post, {"ru": " \n"}, SHELL)
    assert bodies(post) == {"kk": "{hotline}"}


def test_saving_what_stands_there_already_is_no_edit(post):
    posts.save_versions(post, {"kk": "{hotline}"}, SHELL)
    posts.change(post, SHELL, urgent=False)
    assert trail(post) == ["created"]


def test_details_are_changed_and_written_down(post):
    posts.change(post, SHELL, urgent=True, channel_keys=["a"], publish_at=NOW)
    post.refresh_from_db()
    assert (post.urgent, post.channel_keys, post.publish_at) == (True, ["a"], NOW)
    assert AuditEntry.objects.first().detail == {"fields": ["channel_keys", "publish_at", "urgent"]}


def test_an_edit_of_a_text_that_somebody_else_changed_meanwhile_is_refused(post):
    seen = posts.digest_of(post)
    posts.save_versions(post, {"kk": "Бірінші"}, SHELL, seen=seen)
    with pytest.raises(posts.Refusal) as caught:
        posts.save_versions(post, {"kk": "Екінші"}, SHELL, seen=seen)
    assert (caught.value.code, bodies(post)["kk"]) == ("changed_since_seen", "Бірінші")


def test_a_withdrawn_post_is_not_edited(post):
    Post.objects.update(status=Status.WITHDRAWN)
    with pytest.raises(posts.Refusal) as caught:
        posts.save_versions(post, {"kk": "x"}, SHELL)
    assert caught.value.code == "wrong_status"


def test_a_correction_replaces_the_languages_it_has(post, tmp_path):
    path = tmp_path / "kk.md"
    path.write_text("---\nlanguage: kk\nkind: notice\ntitle: Түзету\n---\n{hotline}, түзетілді\n")
    posts.approve_from_shell(post, SHELL)
    corrected = posts.correct_from_file(post, path, SHELL)
    assert bodies(corrected) == {"kk": "{hotline}, түзетілді", "ru": "{hotline}!"}
    assert (corrected.revision, corrected.title) == (2, "Түзету")
    assert not posts.is_approved(corrected)


def test_the_message_of_a_post_has_its_files_in_order(post, upload, telegram):
    picture = Upload.objects.create(
        sha256="cd" * 32, path="uploads/a.jpg", name="a.jpg", kind="photo", mime="image/jpeg", size=10
    )
    posts.set_media(post, [(upload, ""), (picture, "ru"), (picture, "kk")], SHELL)
    message = message_of(post, "kk", telegram, NOW, key="k")
    film, photo = message.media
    assert (film.path, film.duration, film.thumbnail) == (
        settings.HOME.var / "uploads/film.mp4",
        12.5,
        settings.HOME.var / "uploads/film.jpg",
    )
    assert (photo.sha256, photo.thumbnail) == ("cd" * 32, None)
    assert (message.text, message.key) == ("2-15-65\n\na: https://egov.kz", "k")


def test_a_language_the_post_lacks_has_no_message(post, telegram):
    with pytest.raises(posts.Refusal) as caught:
        message_of(post, "en", telegram, NOW)
    assert caught.value.code == "missing_language"


def test_a_saved_post_is_checked_with_its_files_and_the_sites_of_the_settings(post, upload, telegram):
    channels = [("tg", ["kk", "ru"], telegram)]
    assert check_post(post, channels) == []
    posts.set_media(post, [(upload, "ru")], SHELL)
    posts.save_versions(post, {"ru": "{hotline} https://evil.com " + "ю" * 1024}, SHELL)
    codes = {(finding.code, finding.language) for finding in check_post(post, channels)}
    assert {("caption_too_long", "ru"), ("link_not_allowed", "ru")} <= codes


@pytest.mark.parametrize(
    "edit",
    [
        lambda post, _upload: posts.save_versions(post, {"kk": "Басқа"}, SHELL),
        lambda post, _upload: posts.save_versions(post, {"kk": Wording("kk", "{hotline}")}, SHELL),
        lambda post, _upload: posts.save_versions(post, {"ru": ""}, SHELL),
        lambda post, upload: posts.set_media(post, [(upload, "")], SHELL),
        lambda post, _upload: posts.change(post, SHELL, urgent=True),
        lambda post, _upload: posts.change(post, SHELL, pin=True),
        lambda post, _upload: posts.change(post, SHELL, channel_keys=["b"]),
        lambda post, _upload: posts.change(post, SHELL, publish_at=NOW),
        lambda post, _upload: posts.change(post, SHELL, expires_at=NOW),
        lambda post, _upload: posts.change(post, SHELL, kind="notice"),
    ],
)
def test_any_edit_of_what_was_approved_asks_for_approval_again(edit, post, upload):
    posts.approve_from_shell(post, SHELL)
    assert posts.is_approved(post)
    edit(post, upload)
    post.refresh_from_db()
    assert (post.status, post.revision, post.approved_by, post.approved_at) == (Status.DRAFT, 2, "", None)
    assert not posts.is_approved(post)


def test_a_new_title_changes_nothing_that_residents_see(post):
    posts.approve_from_shell(post, SHELL)
    posts.change(post, SHELL, title="Басқаша")
    assert posts.is_approved(post)


def test_a_change_behind_our_back_is_noticed(post, upload):
    posts.approve_from_shell(post, SHELL)
    PostMedia.objects.create(post=post, upload=upload)
    assert not posts.is_approved(post)
