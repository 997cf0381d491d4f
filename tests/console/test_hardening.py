"""What somebody hostile would try: scripts in texts and names, forged forms, foreign links, planted sessions, other
districts' rows, strange uploads; and what browsers are told to forbid."""

from __future__ import annotations

import logging
import subprocess
import sys

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from publisher.compose import posts
from publisher.compose.models import PostMedia, Upload
from publisher.deliver.models import Channel
from publisher.people.audit import user_actor
from publisher.people.models import AuditEntry, Role, User

EVIL = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
GOOD = "correct-horse-battery"


def harmless(page: str) -> bool:
    """The words may stand there as words, never as a tag or an attribute."""
    return "<script>alert" not in page and "<img src=x" not in page and 'href="javascript:' not in page


@pytest.fixture
def evil_post(draft):
    """Everything a person or a platform can write holds a script."""

    def make():
        texts = {
            "kk": f"{EVIL} [басыңыз](javascript:alert(1)) {{hotline}}",
            "ru": f"`{EVIL}` **{EVIL}** <b onmouseover=alert(1)>x</b> {{hotline}}",
        }
        post = draft(texts=texts, title=EVIL[:200])
        upload = Upload.objects.create(
            sha256="a" * 64, path="uploads/none.jpg", name=EVIL, kind="photo", mime="image/jpeg", size=1
        )
        PostMedia.objects.create(post=post, upload=upload)
        return post

    return make


@pytest.fixture
def evil_names(channel, officer):
    Channel.objects.update(title=EVIL, target=EVIL[:60], tags=[EVIL], off_reason="target_gone", off_detail=EVIL)
    User.objects.filter(pk=officer.pk).update(first_name=EVIL[:150], username='"><script>alert(1)</script>')


@pytest.mark.parametrize("page", ["post", "edit", "live"])
def test_scripts_in_titles_texts_and_file_names_stay_words(page, browser, evil_post):
    post = evil_post()
    address = reverse(page, args=[post.pk])
    reply = browser.post(address, {}) if page == "live" else browser.get(address)
    assert reply.status_code == 200
    assert harmless(reply.content.decode())


@pytest.mark.parametrize("page", ["today", "posts", "channels", "people", "audit", "report", "delegations"])
def test_scripts_in_names_of_platforms_and_people_stay_words(page, evil_post, evil_names, log_in, admin):
    evil_post()
    assert harmless(log_in(admin).get(reverse(page)).content.decode())


def test_scripts_in_a_comment_and_in_the_trail_stay_words(in_review, approver, log_in, admin):
    post = in_review()
    posts.give_back(post, EVIL, user_actor(approver))
    client = log_in(admin)
    assert harmless(client.get(reverse("post", args=[post.pk])).content.decode())
    assert harmless(client.get(reverse("audit")).content.decode())


def test_scripts_in_what_is_asked_for_stay_words(browser, log_in, admin):
    asked = {"words": EVIL, "q": EVIL, "status": EVIL, "start": EVIL, "page": EVIL, "subject": EVIL}
    for page in ("posts", "report"):
        assert harmless(browser.get(reverse(page), asked).content.decode())
    assert harmless(log_in(admin).get(reverse("audit"), asked).content.decode())
    assert harmless(browser.get(f"/{EVIL}/").content.decode())


def test_what_is_kept_while_asking_again_stays_words(log_in, admin):
    client = log_in(admin)
    session = client.session
    session["proven_at"] = 0
    session.save()
    assert harmless(client.post(reverse("invite"), {"role": EVIL, EVIL: EVIL}).content.decode())


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "x\r\nSet-Cookie: a=b.png", "a" * 500 + ".png", EVIL + ".png", "con.png"]
)
def test_a_hostile_file_name_leads_nowhere(browser, draft, name, settings, tmp_path):
    post = draft()
    file = SimpleUploadedFile("x.png", b"<html>", content_type="image/png")
    file.name = name
    reply = browser.post(reverse("media_add", args=[post.pk]), {"file": file})
    assert reply.status_code == 200
    assert harmless(reply.content.decode())
    assert not Upload.objects.exists()
    assert not (settings.HOME.path / "etc").exists()


@pytest.mark.parametrize(
    "address", ["logout", "invite", "stop", "password", "security_codes", "visits_end", "audit_check"]
)
def test_a_form_from_another_site_is_refused_in_words(address, admin):
    client = Client(enforce_csrf_checks=True)
    client.force_login(admin, backend="django.contrib.auth.backends.ModelBackend")
    reply = client.post(reverse(address), headers={"Origin": "https://evil.example"})
    assert reply.status_code == 403
    assert "did not come from here" in reply.content.decode()


@pytest.mark.parametrize(
    "wanted", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_no_next_leads_elsewhere(wanted, client, browser, officer, settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    officer.set_password(GOOD)
    officer.save()
    data = {"username": officer.username, "password": GOOD, "next": wanted}
    assert client.post(reverse("login"), data).headers["Location"] == "/today/"
    assert client.post(reverse("language"), {"language": "ru", "next": wanted}).headers["Location"] == "/today/"


def test_a_planted_session_is_worth_nothing_after_log_in(client, officer, settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    officer.set_password(GOOD)
    officer.save()
    planted = client.session
    planted["x"] = 1
    planted.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = planted.session_key
    client.post(reverse("login"), {"username": officer.username, "password": GOOD})
    thief = Client()
    thief.cookies[settings.SESSION_COOKIE_NAME] = planted.session_key
    assert thief.get(reverse("today")).status_code == 302


def test_a_session_ends_with_the_log_out(log_in, officer, settings):
    client = log_in(officer)
    key = client.session.session_key
    client.post(reverse("logout"))
    thief = Client()
    thief.cookies[settings.SESSION_COOKIE_NAME] = key
    assert thief.get(reverse("today")).status_code == 302


@pytest.mark.parametrize("page", ["login", "today", "security", "people", "missing"])
def test_browsers_are_told_what_to_forbid(page, log_in, admin, client):
    client = client if page == "login" else log_in(admin)
    headers = client.get("/nothing/" if page == "missing" else reverse(page)).headers
    policy = headers["Content-Security-Policy"]
    for rule in (
        "default-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "form-action 'self'",
    ):
        assert rule in policy
    assert "unsafe" not in policy
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert "camera=()" in headers["Permissions-Policy"]
    assert "Access-Control-Allow-Origin" not in headers
    assert "no-store" in headers["Cache-Control"] or page == "missing"


def test_behind_tls_cookies_and_transport_are_strict(tmp_path):
    """The settings of a deployment with https, in a process of their own."""
    config = "site: {public_url: 'https://console.polisia.example'}\nserver: {trusted_proxies: true}\n"
    (tmp_path / "config.yaml").write_text(config, encoding="utf-8")
    code = """
import django; django.setup()
from django.conf import settings as s
assert s.SESSION_COOKIE_NAME == "__Host-session" and s.CSRF_COOKIE_NAME == "__Host-csrf"
assert s.SESSION_COOKIE_SECURE and s.CSRF_COOKIE_SECURE
assert s.SESSION_COOKIE_HTTPONLY and s.CSRF_COOKIE_HTTPONLY
assert s.SESSION_COOKIE_SAMESITE == s.CSRF_COOKIE_SAMESITE == "Lax"
assert s.SECURE_HSTS_SECONDS >= 31536000 and s.SECURE_HSTS_INCLUDE_SUBDOMAINS
assert s.SECURE_PROXY_SSL_HEADER == ("HTTP_X_FORWARDED_PROTO", "https")
assert not s.DEBUG and "*" not in s.ALLOWED_HOSTS
"""
    environment = {"PUBLISHER_HOME": str(tmp_path), "DJANGO_SETTINGS_MODULE": "publisher.settings", "PATH": "/usr/bin"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_cookies_are_out_of_reach_of_scripts(client, officer, settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    officer.set_password(GOOD)
    officer.save()
    client.get(reverse("login"))
    client.post(reverse("login"), {"username": officer.username, "password": GOOD})
    for name in (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME):
        cookie = client.cookies[name]
        assert cookie["httponly"]
        assert cookie["samesite"] == "Lax"


def test_an_unknown_host_is_refused(client, db):
    assert client.get("/login/", headers={"Host": "evil.example"}).status_code == 400


@pytest.mark.parametrize(
    ("password", "good"),
    [
        ("police2026police", False),
        ("Аққайың-2-15-65!!", False),
        ("akkaiyn-publisher", False),
        ("password12345", False),
        ("жасыл қайың терезе", True),
        ("correct-horse-battery", True),
        ("police dog runs after thief", True),
        ("x" * 9 + "Ә9!", True),
        ("Ұзын құпиясөз " * 10, True),
    ],
)
def test_a_password_is_not_made_of_words_that_everybody_would_try(password, good, db):
    if good:
        validate_password(password, User(username="aigul"))
    else:
        with pytest.raises(ValidationError):
            validate_password(password, User(username="aigul"))


def test_a_long_password_counts_to_its_last_letter(client, officer, settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    long = "Ұзын құпиясөз " * 10 + "."
    officer.set_password(long)
    officer.save()
    wrong = client.post(reverse("login"), {"username": officer.username, "password": long[:-1] + "!"})
    assert wrong.status_code == 200
    assert client.post(reverse("login"), {"username": officer.username, "password": long}).status_code == 302


def test_refused_log_ins_and_pages_are_written_into_the_log(client, officer, browser, caplog, settings):
    caplog.set_level(logging.WARNING, "publisher")
    client.post(reverse("login"), {"username": officer.username, "password": "secret-try"})
    client.post(reverse("login"), {"username": "a password\nforged line", "password": "secret-try"})
    browser.get(reverse("people"))
    said = caplog.text
    assert f"Log-in refused: person {officer.pk}" in said
    assert "Log-in refused: an unknown name" in said
    assert f"Refused: person {officer.pk}, GET /people/" in said
    assert "secret-try" not in said
    assert "forged line" not in said
    for _ in range(settings.AXES_FAILURE_LIMIT):
        client.post(reverse("login"), {"username": officer.username, "password": "wrong"})
    assert AuditEntry.objects.filter(verb="locked_out", subject=f"user:{officer.username}").exists()


def test_fields_that_a_form_does_not_have_change_nothing(log_in, admin, officer):
    wanted = {
        "role": "approver",
        "district": "akkaiyn",
        "is_superuser": "1",
        "is_active": "0",
        "password": "x",
        "username": "x",
    }
    log_in(admin).post(reverse("person_change", args=[officer.pk]), wanted)
    officer.refresh_from_db()
    assert (officer.role, officer.is_superuser, officer.is_active) == (Role.APPROVER, False, True)
    assert officer.username != "x"


def test_no_secret_stands_in_any_page(log_in, person, channel, draft):
    post = draft()
    client = log_in(person(Role.ADMIN, of=None))
    for address in (
        *map(reverse, ("accounts", "channels", "audit", "people", "security")),
        reverse("post", args=[post.pk]),
    ):
        shown = client.get(address).content.decode()
        for secret in ("123456:TEST-token", "test-whatsapp-token", "test-app-secret", "test-verify"):
            assert secret not in shown


def test_there_are_no_accounts_that_nobody_made(db):
    assert not User.objects.exists()
