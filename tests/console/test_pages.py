from __future__ import annotations

import httpx
import pytest
from django.urls import reverse

from publisher.console.views import practice as view
from publisher.people.models import Role

PAGES = ["today", "posts", "compose", "report", "channels", "channel_add", "accounts", "people", "help", "password"]


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens_in_every_language(page, language, log_in, admin, channel):
    admin.language = language
    admin.save()
    shown = log_in(admin).get(reverse(page))
    assert shown.status_code == 200
    assert f'<html lang="{language}">' in shown.content.decode()


@pytest.mark.parametrize("page", ["login", *PAGES])
def test_the_policy_allows_nothing_written_into_the_page(page, log_in, admin, client):
    reply = (client if page == "login" else log_in(admin)).get(reverse(page))
    policy = reply.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert reply.headers["X-Frame-Options"] == "DENY"
    shown = reply.content.decode()
    for forbidden in (" style=", "<style", " onclick=", " onload=", "javascript:", "<script>"):
        assert forbidden not in shown


def test_a_page_that_is_not_there_is_told_in_words(browser):
    reply = browser.get("/nothing/")
    assert reply.status_code == 404
    assert "There is nothing here" in reply.content.decode()


def test_a_page_beyond_the_role_is_told_in_words(browser):
    reply = browser.get(reverse("people"))
    assert reply.status_code == 403
    assert "Your role does not include this page" in reply.content.decode()


def test_a_report_opens_on_the_last_week_and_can_be_taken_along(browser, queued):
    queued()
    assert 'class="report"' in browser.get(reverse("report")).content.decode()
    data = browser.get(reverse("report_download", args=["json"]))
    assert data.json()["district"] == "akkaiyn"
    assert data.headers["Content-Disposition"].startswith('attachment; filename="report-')
    file = browser.get(reverse("report_download", args=["html"]))
    assert file.headers["Content-Disposition"].endswith('.html"')
    assert browser.get(reverse("report_download", args=["exe"])).status_code == 404


@pytest.mark.parametrize(
    "asked", [{"start": "2026-02-01", "end": "2026-01-01"}, {"start": "yesterday"}, {"district": "esil"}]
)
def test_a_period_that_makes_no_sense_is_asked_again(browser, asked, district):
    assert "invalid-feedback" in browser.get(reverse("report"), asked).content.decode()
    assert browser.get(reverse("report_download", args=["json"]), asked).status_code == 400


@pytest.fixture
def in_practice(settings):
    settings.CONFIG = settings.CONFIG.model_copy(update={"practice": True})


@pytest.fixture
def platforms(monkeypatch):
    """The practice server, answering as told and remembering what it was asked."""
    asked = []

    def answer(reply):
        def handle(request):
            asked.append(request)
            if isinstance(reply, Exception):
                raise reply
            return reply

        client = httpx.Client(transport=httpx.MockTransport(handle))
        monkeypatch.setattr(view.httpx, "Client", lambda **options: client)
        return asked

    return answer


def test_the_phones_are_shown_from_the_practice_server_in_a_frame_of_ours(browser, in_practice, platforms):
    asked = platforms(httpx.Response(200, html="<p>чат</p>"))
    assert reverse("practice_phones") in browser.get(reverse("practice")).content.decode()
    reply = browser.get(reverse("practice_phone", args=["chats/-100"]))
    assert reply.content.decode() == "<p>чат</p>"
    assert asked[0].url.path == "/practice/chats/-100"
    assert (asked[0].url.host, asked[0].url.params["lang"]) == ("127.0.0.1", "en")
    assert "frame-ancestors 'self'" in reply.headers["Content-Security-Policy"]
    assert reply.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert "Cookie" not in asked[0].headers


@pytest.mark.parametrize("path", ["../admin", "chats/../../x"])
def test_only_the_practice_pages_can_be_reached(browser, in_practice, platforms, path):
    asked = platforms(httpx.Response(200, html="x"))
    assert browser.get(f"/practice/phones/{path.replace('..', '%2e%2e')}").status_code == 404
    assert not asked


def test_a_file_of_an_unexpected_kind_is_not_passed_on(browser, in_practice, platforms):
    platforms(httpx.Response(200, content=b"MZ", headers={"Content-Type": "application/x-msdownload"}))
    assert browser.get(reverse("practice_phone", args=["x"])).status_code == 404


def test_it_says_so_when_the_practice_platforms_do_not_run(browser, in_practice, platforms):
    platforms(httpx.ConnectError("refused"))
    reply = browser.get(reverse("practice_phones"))
    assert reply.status_code == 503
    assert "do not answer" in reply.content.decode()


def test_there_are_no_practice_pages_outside_practice(browser, log_in, person):
    for name in ("practice", "practice_phones"):
        assert browser.get(reverse(name)).status_code == 404
    assert reverse("practice") not in log_in(person(Role.CHIEF)).get(reverse("today")).content.decode()
