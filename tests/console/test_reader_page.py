"""The press-office account in the console: notice, switch, code, password, log-out; and what a channel's page says."""

from __future__ import annotations

import pytest
import telegram_tl_stand as stand
from django.urls import reverse
from django.utils import timezone
from pydantic import SecretStr

from publisher.connectors import telegram_session
from publisher.connectors.telegram_session import TelegramSessionSettings
from publisher.deliver.models import Account
from publisher.measure import reader
from publisher.measure.models import ReaderChannel, ReaderLogin, ReadingTrouble, Watch
from publisher.measure.sealing import seal, unseal
from publisher.people.models import AuditEntry

KEY = "reader"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def service(monkeypatch) -> stand.Telegram:
    service = stand.Telegram()
    monkeypatch.setattr(telegram_session, "new_client", stand.client_of(service))
    monkeypatch.setattr(reader, "WAIT", 0.0)
    return service


@pytest.fixture
def account(accounts, settings, service) -> Account:
    given = TelegramSessionSettings(type="telegram_session", api_id=7, api_hash=SecretStr("h"), gap=0)
    known = {**settings.CONFIG.accounts, KEY: given}
    settings.CONFIG = settings.CONFIG.model_copy(update={"accounts": known})
    account = Account.objects.create(key=KEY, type="telegram_session")
    reader.follow(settings.CONFIG)
    return account


@pytest.fixture
def client(log_in, admin):
    return log_in(admin)


@pytest.fixture
def on(account, client) -> None:
    client.post(reverse("reader_switch", args=[KEY]), {"on": "yes", "read": "yes"})


def code(client) -> str:
    return client.post(reverse("reader_code", args=[KEY]), headers=HTMX).content.decode()


def login() -> ReaderLogin:
    return ReaderLogin.objects.get()


def test_it_is_off_until_the_notice_was_read(client, account):
    client.post(reverse("reader_switch", args=[KEY]), {"on": "yes"})
    assert not Watch.objects.get(pk=KEY).on
    shown = client.get(reverse("account", args=[KEY])).content.decode()
    assert "never an officer's own" in shown
    assert "reader_code" not in shown


def test_no_code_is_shown_before(client, account, service):
    assert "tg://" not in code(client)
    assert service.asked == []
    assert login().pending == ""


def test_the_switch_is_recorded_with_who(client, on, admin):
    assert Watch.objects.get(pk=KEY).switched_by == str(admin)
    assert AuditEntry.objects.filter(verb="reader_on").exists()


def test_a_code_is_shown_and_only_its_sealed_form_is_kept(client, on, service):
    assert "data:image/svg+xml" in code(client)
    pending = login().pending
    assert "tg://login" in unseal(pending)
    assert "tg://login" not in pending
    assert login().sealed == ""


def test_scanned_it_is_logged_in_and_the_page_comes_anew(client, on, service):
    code(client)
    service.scanned = True
    ReaderLogin.objects.update(pending="")
    reply = client.post(reverse("reader_code", args=[KEY]), headers=HTMX)
    assert (reply.status_code, reply["HX-Refresh"]) == (204, "true")
    row = login()
    assert (row.name, row.pending, bool(unseal(row.sealed))) == ("Айгүл Сейітова", "", True)
    assert AuditEntry.objects.filter(verb="reader_logged_in").exists()
    shown = client.get(reverse("account", args=[KEY])).content.decode()
    assert "Айгүл Сейітова" in shown


def test_a_password_is_asked_for_and_kept_nowhere(client, on, service):
    service.scanned, service.password = True, "құпия сөз"
    assert "cloud_password" in code(client)
    send = reverse("reader_password", args=[KEY])
    assert "was not right" in client.post(send, {"cloud_password": "басқа"}, headers=HTMX).content.decode()
    assert client.post(send, {"cloud_password": "құпия сөз"}, headers=HTMX).status_code == 204
    row = login()
    assert bool(unseal(row.sealed))
    assert "құпия" not in unseal(row.sealed) + row.pending
    assert "құпия" not in "".join(str(vars(entry)) for entry in AuditEntry.objects.all())


def test_telegrams_refusal_is_told_in_words(client, on, service):
    service.unreachable = True
    assert "Telegram did not answer" in code(client)


def test_logging_out_tells_telegram_and_keeps_nothing(client, on, service):
    service.scanned = True
    code(client)
    client.post(reverse("reader_out", args=[KEY]))
    row = login()
    assert (row.sealed, row.name) == ("", "")
    assert service.sessions == {stand.KEY}
    assert AuditEntry.objects.filter(verb="reader_logged_out").exists()


def test_with_another_key_the_log_in_is_lost_and_said_to_be_so(client, on, settings):
    ReaderLogin.objects.update(sealed="gAAAAA-not-ours")
    assert reader.take(KEY, timezone.now()) is None
    assert login().lost_reason == "session_unreadable"
    assert "as after a restore" in client.get(reverse("account", args=[KEY])).content.decode()
    assert "as after a restore" in client.get(reverse("today")).content.decode()


def test_a_channels_page_says_by_which_roads_its_numbers_come(client, on, channel):
    page = reverse("channel", args=[channel.pk])
    assert "Where its numbers come from" in client.get(page).content.decode()
    assert "Nobody is logged in for reading" in client.get(page).content.decode()
    ReaderLogin.objects.update(sealed=seal("x"))
    ReaderChannel.objects.create(channel=channel, account_id=KEY, peer=1, access_hash=2)
    shown = client.get(page).content.decode()
    assert "Nobody is logged in for reading" not in shown
    assert "In use" in shown


def test_a_page_of_another_make_stands_on_today_until_it_is_understood(client, channel):
    now = timezone.now()
    ReadingTrouble.objects.create(channel=channel, reason="public_page_changed", since=now, at=now)
    assert "cannot be read any more" in client.get(reverse("today")).content.decode()
    ReadingTrouble.objects.all().delete()
    assert "cannot be read any more" not in client.get(reverse("today")).content.decode()
