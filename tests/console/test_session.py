from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from publisher.people import invitations
from publisher.people.models import AuditEntry, Invitation, Region, Role, User

GOOD = "correct-horse-battery"


def _welcome(**changed):
    return {"username": "aigul", "name": "Айгүл Омарова", "password": GOOD, "again": GOOD, **changed}


def test_the_first_administrator_chooses_name_and_password_and_is_inside(client, db):
    address = invitations.link(invitations.invite(Role.ADMIN))
    path = address.removeprefix("http://127.0.0.1:8000")
    assert client.get(path).status_code == 200
    reply = client.post(path, _welcome(), follow=True)
    assert reply.redirect_chain[-1][0] == "/today/"
    user = User.objects.get()
    assert (user.role, user.get_full_name(), user.language) == (Role.ADMIN, "Айгүл Омарова", "kk")
    assert user.check_password(GOOD)
    assert AuditEntry.objects.get(verb="joined").actor == user


def test_a_link_works_once(client, db):
    path = reverse("invitation", args=[invitations.invite(Role.OFFICER)])
    client.post(path, _welcome())
    again = client.post(path, _welcome(username="other"))
    assert again.status_code == 410
    assert "publisher invite" in again.content.decode()
    assert User.objects.count() == 1


def test_an_old_link_does_not_work(client, db):
    token = invitations.invite(Role.OFFICER, valid=timedelta(hours=1))
    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert client.get(reverse("invitation", args=[token])).status_code == 410


def test_only_a_hash_of_the_link_is_kept(db):
    token = invitations.invite(Role.OFFICER)
    assert token not in str(Invitation.objects.values().get())


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"password": "short", "again": "short"}, "12"),
        ({"password": "12345678901234", "again": "12345678901234"}, "invalid-feedback"),
        ({"again": "something-else"}, "invalid-feedback"),
        ({"username": "two words"}, "invalid-feedback"),
    ],
)
def test_a_weak_or_mistyped_choice_makes_no_person(client, db, changed, words):
    path = reverse("invitation", args=[invitations.invite(Role.OFFICER)])
    reply = client.post(path, _welcome(**changed))
    assert words in reply.content.decode()
    assert not User.objects.exists()


def test_a_taken_name_is_refused_whatever_its_capitals(client, officer):
    path = reverse("invitation", args=[invitations.invite(Role.OFFICER)])
    client.post(path, _welcome(username=officer.username.upper()))
    assert User.objects.count() == 1


def test_log_in_and_out(client, officer):
    officer.set_password(GOOD)
    officer.save()
    reply = client.post(reverse("login"), {"username": officer.username, "password": GOOD})
    assert reply.headers["Location"] == "/today/"
    assert client.get(reverse("logout")).status_code == 405
    client.post(reverse("logout"))
    assert client.get(reverse("today")).status_code == 302


def test_guessing_is_stopped_also_for_the_right_password(client, officer, settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    officer.set_password(GOOD)
    officer.save()
    for _ in range(settings.AXES_FAILURE_LIMIT):
        reply = client.post(reverse("login"), {"username": officer.username, "password": "wrong"})
    assert reply.status_code == 429
    reply = client.post(reverse("login"), {"username": officer.username, "password": GOOD})
    assert reply.status_code == 429
    assert "15" in reply.content.decode()


def test_log_in_leads_nowhere_else(client, officer):
    officer.set_password(GOOD)
    officer.save()
    data = {"username": officer.username, "password": GOOD, "next": "https://evil.example/"}
    assert client.post(reverse("login"), data).headers["Location"] == "/today/"
    client.logout()
    assert client.post(reverse("login"), data | {"next": "nowhere"}).headers["Location"] == "/today/"


def test_whoever_is_inside_does_not_go_round_in_circles(browser):
    assert browser.get(reverse("login"), {"next": "/login/"}).headers["Location"] == "/today/"


def test_a_page_that_refreshes_itself_goes_to_the_log_in_as_a_whole(client, db):
    reply = client.get(reverse("login"), headers={"HX-Request": "true"})
    assert reply.headers["HX-Redirect"] == "/login/"


def test_whoever_was_logged_out_before_pressing_a_button_comes_back_to_the_page_with_it(client, draft):
    post, here = draft(), "http://testserver"
    button, page = reverse("submit", args=[post.pk]), reverse("edit", args=[post.pk])
    sent_from = client.post(button, headers={"Referer": f"{here}{page}?x=1"})
    assert sent_from.headers["Location"] == f"/login/?next={page}%3Fx%3D1"
    for elsewhere in ("", "https://evil.example/posts/"):
        assert client.post(button, headers={"Referer": elsewhere}).headers["Location"] == "/login/?next=/today/"
    assert client.get(page).headers["Location"] == f"/login/?next={page}"


def test_the_address_of_a_button_leads_to_its_page(browser, draft):
    """A tab that was restored, or the language changed on a page that a button had drawn."""
    post = draft()
    reply = browser.get(reverse("submit", args=[post.pk]))
    assert (reply.status_code, reply["Cache-Control"]) == (405, "no-store")
    assert f'href="{reverse("post", args=[post.pk])}"' in reply.content.decode()
    assert "press the button there" in reply.content.decode()


def test_an_invitation_into_a_region_says_so(client, district):
    token = invitations.invite(Role.APPROVER, region=Region.objects.get(pk="sko"))
    shown = client.get(reverse("invitation", args=[token])).content.decode()
    assert Region.objects.get(pk="sko").name_kk in shown


def test_kazakh_is_spoken_to_strangers_whatever_their_browser_says(client, db):
    reply = client.get(reverse("login"), headers={"Accept-Language": "en"})
    assert '<html lang="kk">' in reply.content.decode()


def test_the_language_before_log_in_is_kept_in_the_browser(client, db):
    client.post(reverse("language"), {"language": "ru", "next": "/login/"})
    assert '<html lang="ru">' in client.get(reverse("login")).content.decode()


def test_the_language_is_kept_with_the_person(browser, officer):
    reply = browser.post(reverse("language"), {"language": "kk", "next": "/posts/"})
    assert reply.headers["Location"] == "/posts/"
    officer.refresh_from_db()
    assert officer.language == "kk"
    assert '<html lang="kk">' in browser.get("/help/").content.decode()


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "nowhere"])
def test_the_language_switch_leads_nowhere_else(browser, elsewhere):
    reply = browser.post(reverse("language"), {"language": "ru", "next": elsewhere})
    assert reply.headers["Location"] == "/today/"


def test_an_unknown_language_changes_nothing(browser, officer):
    browser.post(reverse("language"), {"language": "xx"})
    officer.refresh_from_db()
    assert officer.language == "en"


def test_the_own_password_is_changed_with_the_old_one(browser, officer):
    officer.set_password(GOOD)
    officer.save()
    browser.force_login(officer, backend="django.contrib.auth.backends.ModelBackend")
    new = {"old_password": GOOD, "new_password1": "another-good-one", "new_password2": "another-good-one"}
    assert browser.post(reverse("password"), new).headers["Location"] == "/security/"
    officer.refresh_from_db()
    assert officer.check_password("another-good-one")


def test_a_forged_form_is_refused(officer):
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    client.force_login(officer, backend="django.contrib.auth.backends.ModelBackend")
    assert client.post(reverse("logout")).status_code == 403


def test_the_log_in_page_bears_the_departments_name(client, db):
    assert "Аққайың ауданының полициясы" in client.get(reverse("login")).content.decode()
