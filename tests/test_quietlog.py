"""Personal links and tokens never reach a log."""

from __future__ import annotations

import logging
import sys

import pytest
from django.conf import settings
from django.test import Client

from publisher.quietlog import QuietFormatter


@pytest.mark.parametrize(
    ("line", "written"),
    [
        ("Not Found: /r/WzEsImFiYyJd:1x:sig-nature_0/", "Not Found: /r/***/"),
        ("Internal Server Error: /invitation/abcdefgh123/", "Internal Server Error: /invitation/***/"),
        ("GET https://api.telegram.org/bot123456:SECRET-token/getMe", "GET https://api.telegram.org/bot***/getMe"),
        ("Not Found: /relays/12/switch/", "Not Found: /relays/12/switch/"),
    ],
)
def test_what_is_secret_in_an_address_is_left_out(line, written):
    record = logging.LogRecord("x", logging.ERROR, "", 0, line, (), None)
    assert QuietFormatter("%(message)s").format(record).replace("/bot123456:***", "/bot***") == written


def test_a_traceback_is_covered_too():
    try:
        raise ValueError("bad link /r/WzEsImFiYyJd:1x:sig/")
    except ValueError:
        record = logging.LogRecord("x", logging.ERROR, "", 0, "broken", (), sys.exc_info())
    assert "WzEs" not in QuietFormatter("%(message)s").format(record)


def test_every_line_of_ours_goes_through_it():
    assert settings.LOGGING["formatters"]["line"]["()"] == "publisher.quietlog.QuietFormatter"
    assert {handler["formatter"] for handler in settings.LOGGING["handlers"].values()} == {"line"}


@pytest.mark.django_db
def test_a_relays_page_that_fails_tells_no_link(caplog, monkeypatch):
    from publisher.console.views import relay

    def broken(token):
        raise RuntimeError("x")

    monkeypatch.setattr(relay.links, "task_of", broken)
    token = "WzEsImFiYyJd:1x:sig-nature_0"
    Client(raise_request_exception=False).get(f"/r/{token}/")
    lines = [QuietFormatter("%(name)s: %(message)s").format(record) for record in caplog.records]
    assert any("django.request" in line for line in lines)
    assert not any(token in line for line in lines)
