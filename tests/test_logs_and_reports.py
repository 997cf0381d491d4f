"""The log as JSON, and error reports: off by default, and never with a secret."""

from __future__ import annotations

import json
import logging

import pytest
from django.conf import settings
from pydantic import SecretStr

from publisher import crashes
from publisher.jsonlog import JsonFormatter


def test_a_line_of_the_log_is_one_json_object():
    try:
        raise ValueError("қате")
    except ValueError as error:
        record = logging.LogRecord("publisher.x", logging.ERROR, "", 1, "Post %s", (7,), (type(error), error, None))
    told = json.loads(JsonFormatter("%(message)s").format(record))
    assert (told["level"], told["logger"], told["message"]) == ("error", "publisher.x", "Post 7")
    assert "қате" in told["trace"]


def test_nothing_is_reported_unless_the_settings_say_so():
    assert crashes.start(settings.CONFIG) is False


def test_secrets_of_the_settings_and_what_looks_like_one_are_hidden():
    config = settings.CONFIG
    known = list(crashes.secrets_in(config))
    token = config.accounts["telegram-main"].token.get_secret_value()
    assert token in known
    event = {
        "message": f"https://api.telegram.org/bot{token}/sendMessage and 8123456789:AAF-abcdefghijklmnopqrstuvwx",
        "user": {"id": 1},
        "request": {"url": "https://x.kz/invitation/abcdef/", "cookies": {"s": "1"}, "data": {"password": "x"}},
        "extra": [{"dsn": "postgresql://user:pass-word@host/db"}, ("Bearer pub_abcdefghijklmnopqrstuvwxyz",), 5],
    }
    told = json.dumps(crashes.cleaned(event, known), ensure_ascii=False)
    for secret in (token, "AAF-abcdef", "pass-word", "pub_abcdef", "/invitation/abcdef", '"user"', "cookies"):
        assert secret not in told
    assert "sendMessage" in told


def test_a_report_leaves_without_secrets(monkeypatch):
    sentry = pytest.importorskip("sentry_sdk")
    sent = []
    given = {}
    monkeypatch.setattr(sentry, "init", lambda **how: given.update(how))
    reporting = settings.CONFIG.reporting.model_copy(
        update={"dsn": SecretStr("https://key123456@errors.example.org/1")}
    )
    assert crashes.start(settings.CONFIG.model_copy(update={"reporting": reporting, "practice": False}))
    sent.append(given["before_send"]({"message": "dsn https://key123456@errors.example.org/1"}, {}))
    assert "key123456" not in str(sent)
    assert (given["send_default_pii"], given["include_local_variables"]) == (False, False)
