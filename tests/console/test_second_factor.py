"""The second step of a log-in, the question before what matters, and the own account's page."""

from __future__ import annotations

import re
import time
from datetime import timedelta

import pyotp
import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from publisher.people import factors, throttle, visits
from publisher.people.audit import user_actor
from publisher.people.models import AuditEntry, Factor, Role, SecondFactor, Visit

GOOD = "correct-horse-battery"
QUICK = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def known(officer, settings):
    """The officer has a password."""
    settings.PASSWORD_HASHERS = QUICK
    officer.set_password(GOOD)
    officer.save()
    return officer


@pytest.fixture
def app(known):
    """…and an app on the phone."""
    secret = factors.new_secret()
    assert factors.set_app(known, secret, pyotp.TOTP(secret).now(), user_actor(known))
    SecondFactor.objects.update(counter=0)  # the code used for setting it up is long past
    return pyotp.TOTP(secret)


def half_way(client: Client, user) -> Client:
    reply = client.post(reverse("login"), {"username": user.username, "password": GOOD})
    assert reply.headers["Location"] == reverse("login_second")
    return client


def go_stale(client: Client) -> None:
    """As if the log-in had been a while ago."""
    session = client.session
    session["proven_at"] = time.time() - 3600
    session.save()


def test_the_password_alone_does_not_let_in_whoever_has_a_second_factor(client, known, app):
    half_way(client, known)
    assert client.get(reverse("today")).status_code == 302
    assert not AuditEntry.objects.filter(verb="logged_in").exists()


def test_the_code_of_the_app_lets_in_and_the_way_goes_on_to_the_page_wanted(client, known, app):
    data = {"username": known.username, "password": GOOD, "next": "/posts/"}
    client.post(reverse("login"), data)
    reply = client.post(reverse("login_second"), {"code": app.now()})
    assert reply.headers["Location"] == "/posts/"
    assert client.get(reverse("today")).status_code == 200
    assert AuditEntry.objects.get(verb="logged_in").detail == {"how": "password, code"}


def test_a_code_works_once(client, known, app):
    code = app.now()
    assert half_way(client, known).post(reverse("login_second"), {"code": code}).status_code == 302
    other = half_way(Client(), known)
    assert other.post(reverse("login_second"), {"code": code}).status_code == 403
    assert other.get(reverse("today")).status_code == 302


@pytest.mark.parametrize("typed", ["²²²²²²", "١٢٣٤٥٦", "№12345"])
def test_signs_that_are_no_digits_of_ours_are_a_wrong_code(client, known, app, typed):
    assert half_way(client, known).post(reverse("login_second"), {"code": typed}).status_code == 403


def test_an_old_code_does_not_work(client, known, app):
    code = app.at(int(time.time()) - 120)
    assert half_way(client, known).post(reverse("login_second"), {"code": code}).status_code == 403


def test_guessing_codes_is_stopped_also_for_the_right_one_and_from_another_computer(client, known, app):
    half_way(client, known)
    for _ in range(throttle.PROOF.times):
        client.post(reverse("login_second"), {"code": "000000"})
    other = Client(REMOTE_ADDR="10.0.0.9")
    half_way(other, known)
    reply = other.post(reverse("login_second"), {"code": app.now()})
    assert reply.status_code == 403
    assert "Қате жауап тым көп" in reply.content.decode()


def test_the_second_step_waits_five_minutes(client, known, app):
    half_way(client, known)
    with time_machine.travel(timezone.now() + timedelta(minutes=6)):
        reply = client.post(reverse("login_second"), {"code": app.now()})
    assert reply.headers["Location"] == reverse("login")


def test_a_recovery_code_works_once(client, known, app):
    code, *_ = factors.new_recovery_codes(known, user_actor(known))
    assert half_way(client, known).post(reverse("login_second"), {"code": code.lower()}).status_code == 302
    other = half_way(Client(), known)
    assert other.post(reverse("login_second"), {"code": code}).status_code == 403
    assert factors.recovery_codes_left(known) == factors.CODES - 1


def test_only_hashes_of_codes_and_an_encrypted_secret_are_kept(known, app):
    codes = factors.new_recovery_codes(known, user_actor(known))
    kept = str(list(known.recovery_codes.values())) + str(list(SecondFactor.objects.values()))
    assert app.secret not in kept
    assert not any(code.replace("-", "") in kept for code in codes)


def test_after_a_restore_the_app_no_longer_fits_but_recovery_codes_do(known, app, settings):
    code, *_ = factors.new_recovery_codes(known, user_actor(known))
    settings.SECRET_KEY = "another deployment's"
    assert not factors.right_code(known, app.now())
    assert factors.right_code(known, code)


def test_an_app_is_set_up_by_showing_a_right_code_and_recovery_codes_follow(browser, officer):
    shown = browser.get(reverse("security_app")).content.decode()
    secret = re.search(r"typed-key\">(\w+)<", shown)[1]
    assert "data:image/svg+xml" in shown
    wrong = browser.post(reverse("security_app"), {"app_code": "000000"}).content.decode()
    assert "invalid-feedback" in wrong
    assert not officer.second_factors.exists()
    code = pyotp.TOTP(secret).now()
    done = browser.post(reverse("security_app"), {"app_code": f"{code[:3]} {code[3:]}"})  # as the apps show it
    assert "no-store" in done.headers["Cache-Control"]
    assert len(re.findall(r"<li><code>", done.content.decode())) == factors.CODES
    assert officer.second_factors.get().kind == Factor.APP


def test_somebody_elses_factor_or_visit_does_not_exist(log_in, known, app, approver):
    Visit.objects.create(
        user=known, session_key="x", began_at=timezone.now(), seen_at=timezone.now(), device="Firefox, Linux"
    )
    client = log_in(approver)
    row, visit = known.second_factors.get(), known.visits.get(session_key="x")
    assert client.post(reverse("factor_remove", args=[row.pk])).status_code == 404
    assert client.post(reverse("visit_end", args=[visit.pk])).status_code == 404
    assert SecondFactor.objects.filter(pk=row.pk).exists()
    assert Visit.objects.filter(pk=visit.pk).exists()


def test_a_step_that_matters_asks_again_and_loses_nothing(log_in, admin, settings):
    settings.PASSWORD_HASHERS = QUICK
    admin.set_password(GOOD)
    admin.save()
    client = log_in(admin)
    go_stale(client)
    wanted = {"role": "officer", "district": "akkaiyn"}
    asked = client.post(reverse("invite"), wanted).content.decode()
    assert 'name="role" value="officer"' in asked
    assert "link-once" not in asked
    wrong = client.post(reverse("invite"), {**wanted, "asked_as": "POST", "current_password": "wrong"})
    assert "link-once" not in wrong.content.decode()
    right = client.post(reverse("invite"), {**wanted, "asked_as": "POST", "current_password": GOOD})
    assert "link-once" in right.content.decode()
    assert "link-once" in client.post(reverse("invite"), wanted).content.decode()


def test_a_page_that_matters_opens_after_the_answer(log_in, known):
    client = log_in(known)
    go_stale(client)
    assert "typed-key" not in client.get(reverse("security_app")).content.decode()
    reply = client.post(reverse("security_app"), {"asked_as": "GET", "current_password": GOOD})
    assert reply.headers["Location"] == reverse("security_app")
    assert "typed-key" in client.get(reverse("security_app")).content.decode()


def test_whoever_has_a_second_factor_answers_with_it_and_not_with_the_password(log_in, known, app):
    client = log_in(known)
    go_stale(client)
    ask = reverse("security_codes")
    assert "<li><code>" not in client.post(ask, {"current_password": GOOD}).content.decode()
    assert "<li><code>" in client.post(ask, {"code": app.now()}).content.decode()


SENSITIVE = {
    *("invite", "person_switch", "resume", "security_app", "security_codes", "security_passkey"),
    *("security_passkey_options", "factor_remove", "account_resume", "audit_download", "delegation_add"),
    *("person_change", "person_reset", "person_password"),
}


def test_every_step_that_matters_asks_again():
    from publisher.urls import urlpatterns

    marked = {p.name for p in urlpatterns if getattr(p.callback, "asks_again", False)}
    assert marked >= SENSITIVE


@pytest.fixture
def demanded(settings):
    """Outside practice, with the rule that config.yaml has when nobody changes it."""
    security = settings.CONFIG.security.model_copy(update={"second_factor": ("admin", "approver")})
    settings.CONFIG = settings.CONFIG.model_copy(update={"security": security})


@pytest.mark.parametrize(("role", "must"), [(Role.ADMIN, True), (Role.APPROVER, True), (Role.OFFICER, False)])
def test_whose_role_needs_a_second_factor_sets_it_up_first(demanded, log_in, person, role, must):
    client = log_in(person(role))
    reply = client.get(reverse("today"))
    assert (reply.headers.get("Location") == reverse("security")) == must
    assert client.get(reverse("security")).status_code == 200
    part = client.get(reverse("today"), headers={"HX-Request": "true"})
    assert (part.headers.get("HX-Redirect") == reverse("security")) == must


def test_in_practice_nobody_needs_one(demanded, settings, log_in, admin):
    settings.CONFIG = settings.CONFIG.model_copy(update={"practice": True})
    assert log_in(admin).get(reverse("today")).status_code == 200


def test_the_last_factor_of_a_role_that_needs_one_stays(demanded, log_in, known, app):
    known.role = Role.APPROVER
    known.save()
    log_in(known).post(reverse("factor_remove", args=[known.second_factors.get().pk]))
    assert known.second_factors.exists()


def test_the_last_factor_takes_its_recovery_codes_along(log_in, known, app):
    factors.new_recovery_codes(known, user_actor(known))
    log_in(known).post(reverse("factor_remove", args=[known.second_factors.get().pk]))
    assert not known.recovery_codes.exists()
    assert AuditEntry.objects.filter(verb="factor_removed", subject=f"user:{known.username}").exists()


def test_the_devices_are_listed_and_one_is_signed_out_from_another(known):
    phone = Client(headers={"User-Agent": "Mozilla/5.0 (Linux; Android 14) Chrome/120.0 Mobile"})
    office = Client(headers={"User-Agent": "Mozilla/5.0 (Windows NT 10.0) Firefox/121.0"})
    for client in (phone, office):
        client.post(reverse("login"), {"username": known.username, "password": GOOD})
    shown = office.get(reverse("security")).content.decode()
    assert "Chrome, Android" in shown
    assert "Firefox, Windows" in shown
    office.post(reverse("visit_end", args=[known.visits.get(device="Chrome, Android").pk]))
    assert phone.get(reverse("today")).status_code == 302
    assert office.get(reverse("today")).status_code == 200


def test_everywhere_else_is_signed_out_at_once(known, log_in):
    others, here = [log_in(known), log_in(known)], log_in(known)
    here.post(reverse("visits_end"))
    assert [client.get(reverse("today")).status_code for client in (*others, here)] == [302, 302, 200]


def test_a_new_password_signs_out_the_other_devices_and_keeps_this_one(known, log_in):
    other, here = log_in(known), log_in(known)
    new = {"old_password": GOOD, "new_password1": "another-good-one", "new_password2": "another-good-one"}
    here.post(reverse("password"), new)
    assert here.get(reverse("today")).status_code == 200
    assert other.get(reverse("today")).status_code == 302
    assert known.visits.count() == 1


def test_guessing_the_old_password_from_an_open_session_is_stopped(known, log_in):
    client = log_in(known)
    new = {"new_password1": "another-good-one", "new_password2": "another-good-one"}
    for _ in range(throttle.PROOF.times):
        client.post(reverse("password"), {**new, "old_password": "wrong"})
    client.post(reverse("password"), {**new, "old_password": GOOD})
    known.refresh_from_db()
    assert known.check_password(GOOD)


def test_a_visit_ends_after_its_hours_and_when_nobody_does_anything(known, log_in, settings):
    security = settings.CONFIG.security
    client = log_in(known)
    Visit.objects.update(seen_at=timezone.now() - timedelta(minutes=security.idle_minutes + 1))
    assert client.get(reverse("today")).headers["Location"] == reverse("login")
    client = log_in(known)
    Visit.objects.update(began_at=timezone.now() - timedelta(hours=security.session_hours, minutes=1))
    assert client.get(reverse("today")).headers["Location"] == reverse("login")
    assert not Visit.objects.exists()


def test_a_visit_that_is_over_does_not_begin_anew_when_somebody_else_logs_in(known, log_in, approver, settings):
    """A log-in tidies up what is over; the browser that was left open must not go on from there."""
    left_open = log_in(known)
    Visit.objects.update(began_at=timezone.now() - timedelta(hours=settings.CONFIG.security.session_hours, minutes=1))
    log_in(approver)
    assert left_open.get(reverse("today")).headers["Location"].startswith(reverse("login"))


def test_a_page_that_refreshes_itself_keeps_nobody_logged_in(known, log_in):
    client = log_in(known)
    before = timezone.now() - timedelta(minutes=30)
    Visit.objects.update(seen_at=before)
    client.get(reverse("today"), headers={"HX-Request": "true"})
    assert Visit.objects.get().seen_at == before
    client.get(reverse("today"))
    assert Visit.objects.get().seen_at > before


def test_an_editor_that_is_left_open_keeps_nobody_logged_in(known, log_in, draft):
    client, post, before = log_in(known), draft(), timezone.now() - timedelta(minutes=30)
    Visit.objects.update(seen_at=before)
    keep, by_itself = reverse("keep", args=[post.pk]), {"HX-Request": "true"}
    assert client.post(keep, {"changed": "0"}, headers=by_itself).status_code == 200
    assert Visit.objects.get().seen_at == before
    client.post(keep, {"changed": "1"}, headers=by_itself)
    assert Visit.objects.get().seen_at > before


def test_the_session_gets_a_new_key_at_log_in(client, known):
    client.get(reverse("login"))
    session = client.session
    session["planted"] = True
    session.save()
    planted = session.session_key
    client.post(reverse("login"), {"username": known.username, "password": GOOD})
    assert client.session.session_key != planted
    assert Visit.objects.get().session_key == client.session.session_key


def test_one_account_is_not_guessed_from_many_addresses(client, known, settings):
    for number in range(throttle.LOG_IN.times):
        throttle.failed(throttle.LOG_IN, known.username)
        assert number < throttle.LOG_IN.times
    reply = client.post(
        reverse("login"), {"username": known.username.upper(), "password": GOOD}, REMOTE_ADDR="10.9.9.9"
    )
    assert reply.status_code == 429


def test_limits_are_forgotten_after_their_span(known):
    for _ in range(throttle.PROOF.times):
        throttle.failed(throttle.PROOF, known.pk)
    with pytest.raises(throttle.TooMany):
        throttle.check(throttle.PROOF, known.pk)
    with time_machine.travel(timezone.now() + throttle.PROOF.span + timedelta(seconds=1)):
        throttle.check(throttle.PROOF, known.pk)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_passkeys_are_offered_only_where_browsers_make_them(browser, host):
    shown = browser.get(reverse("security"), headers={"Host": host}).content.decode()
    assert ("data-passkey" in shown) == (host == "localhost")
    reply = browser.post(reverse("security_passkey_options"), headers={"Host": host})
    assert reply.status_code == (200 if host == "localhost" else 409)


@pytest.mark.parametrize("answer", ["", "{}", "[]", "null", '{"rawId": "AAAA"}', '{"rawId": {"x": 1}}'])
def test_a_made_up_passkey_proves_nothing(client, browser, known, answer):
    client.post(reverse("passkey_options"), headers={"Host": "localhost"})
    reply = client.post(reverse("passkey_log_in"), {"credential": answer}, headers={"Host": "localhost"})
    assert reply.headers["Location"] == reverse("login")
    browser.post(reverse("security_passkey_options"), headers={"Host": "localhost"})
    browser.post(reverse("security_passkey"), {"credential": answer, "name": "x"}, headers={"Host": "localhost"})
    assert not SecondFactor.objects.exists()


@pytest.mark.parametrize(
    ("agent", "device"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/120.0 Safari/537.36", "Chrome, Windows"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/120.0 Safari/537.36 Edg/120.0", "Edge, Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17.0 Safari/604.1", "Safari, iPhone"),
        ("<script>alert(1)</script>", "?"),
    ],
)
def test_a_device_is_named_so_that_people_know_it(agent, device):
    assert visits.device_of(agent) == device
