"""Changing a colleague's role, switching somebody off, a new password, substitutes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from publisher.compose import posts
from publisher.compose.models import Status
from publisher.people import delegations, factors, invitations, staff
from publisher.people.access import May, may
from publisher.people.audit import user_actor
from publisher.people.models import AuditEntry, Delegation, Factor, Role, SecondFactor, User

GOOD = "correct-horse-battery"


@pytest.fixture
def manager(log_in, person):
    """An administrator of all districts, beside another one."""
    person(Role.ADMIN, of=None, name="second")
    return log_in(person(Role.ADMIN, of=None))


def test_a_role_and_district_are_changed_and_the_person_logs_in_anew(manager, officer, browser, other_district):
    manager.post(reverse("person_change", args=[officer.pk]), {"role": "approver", "district": "esil"})
    officer.refresh_from_db()
    assert (officer.role, officer.district) == (Role.APPROVER, other_district)
    assert browser.get(reverse("today")).status_code == 302
    line = AuditEntry.objects.get(verb="person_changed")
    assert line.before == {"role": "officer", "district": "akkaiyn"}
    assert line.after == {"role": "approver", "district": "esil"}


def test_nobody_changes_their_own_role(log_in, admin):
    log_in(admin).post(reverse("person_change", args=[admin.pk]), {"role": "officer", "district": "akkaiyn"})
    admin.refresh_from_db()
    assert admin.role == Role.ADMIN


def test_an_administrator_of_one_district_cannot_give_all_of_them(log_in, admin, officer):
    log_in(admin).post(reverse("person_change", args=[officer.pk]), {"role": "admin", "district": ""})
    log_in(admin).post(reverse("person_change", args=[officer.pk]), {"role": "admin", "district": "esil"})
    officer.refresh_from_db()
    assert (officer.role, officer.district_id) == (Role.OFFICER, "akkaiyn")


def test_the_last_administrator_of_all_districts_stays(person):
    last = person(Role.ADMIN, of=None)
    for act in (
        lambda: staff.switch(last, False, user_actor(last)),
        lambda: staff.change(last, Role.OFFICER, None, user_actor(last)),
    ):
        with pytest.raises(staff.LastAdministrator):
            act()
    last.refresh_from_db()
    assert (last.role, last.is_active) == (Role.ADMIN, True)


def test_who_leaves_is_signed_out_and_their_unfinished_posts_go_to_a_colleague(
    manager, draft, officer, browser, person
):
    taker = person(Role.OFFICER, name="taker")
    unfinished, done = draft(), draft()
    posts.approve_from_shell(done, user_actor(officer))
    manager.post(reverse("person_switch", args=[officer.pk]), {"on": "no", "taker": taker.pk})
    officer.refresh_from_db()
    unfinished.refresh_from_db()
    done.refresh_from_db()
    assert not officer.is_active
    assert browser.get(reverse("today")).status_code == 302
    assert (unfinished.author, unfinished.author_name, done.author) == (taker, "Taker", officer)
    line = AuditEntry.objects.get(verb="handed_over")
    assert (line.before, line.after) == ({"author": officer.username}, {"author": "taker"})


def test_a_handed_over_post_is_not_approved_by_who_took_it(draft, officer, person):
    from publisher.compose.handover import hand_over

    taker = person(Role.APPROVER, name="taker")
    post = posts.submit(draft(), user_actor(officer))
    hand_over(officer, taker, user_actor(taker))
    post.refresh_from_db()
    with pytest.raises(posts.NotAllowed):
        posts.approve(post, user_actor(taker))


@pytest.mark.parametrize(("region", "moved"), [("sko", 1), ("akmola", 0)])
def test_posts_are_handed_over_to_whom_their_district_is_within_reach(draft, officer, person, region, moved):
    from publisher.compose.handover import hand_over

    taker = person(Role.OFFICER, name="taker")
    taker.district, taker.region_id = None, region
    taker.save()
    post = draft()
    assert hand_over(officer, taker, user_actor(taker)) == moved
    post.refresh_from_db()
    assert post.author == (taker if moved else officer)


def test_a_forgotten_password_is_chosen_anew_by_a_link_that_works_once(manager, officer, client, settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    shown = manager.post(reverse("person_password", args=[officer.pk]))
    assert shown.headers["Cache-Control"] == "no-store"
    path = shown.context["link"].removeprefix(settings.CONFIG.site.public_url)
    assert "invalid-feedback" in client.post(path, {"password": "short", "again": "short"}).content.decode()
    reply = client.post(path, {"password": GOOD, "again": GOOD})
    assert reply.headers["Location"] == reverse("login")
    officer.refresh_from_db()
    assert officer.check_password(GOOD)
    assert client.post(path, {"password": GOOD, "again": GOOD}).status_code == 410
    assert User.objects.filter(username=officer.username).count() == 1


def test_a_link_for_a_new_password_makes_no_new_person_and_an_older_one_is_void(officer, admin):
    first = invitations.for_new_password(officer, user_actor(admin))
    second = invitations.for_new_password(officer, user_actor(admin))
    with pytest.raises(invitations.NotValid):
        invitations.look(first)
    with pytest.raises(invitations.NotValid):
        invitations.redeem(second, "other", "Other", GOOD)
    assert invitations.look(second).person == officer


def test_a_new_password_by_link_does_not_replace_the_second_factor(officer, admin, client, settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    SecondFactor.objects.create(user=officer, kind=Factor.APP, name="x", secret="x")
    token = invitations.for_new_password(officer, user_actor(admin))
    client.post(reverse("invitation", args=[token]), {"password": GOOD, "again": GOOD})
    reply = client.post(reverse("login"), {"username": officer.username, "password": GOOD})
    assert reply.headers["Location"] == reverse("login_second")


def test_the_administrator_resets_a_lost_second_factor_and_it_is_written_down(manager, officer, admin):
    SecondFactor.objects.create(user=officer, kind=Factor.APP, name="x", secret="x")
    factors.new_recovery_codes(officer, user_actor(officer))
    manager.post(reverse("person_reset", args=[officer.pk]))
    assert not factors.has_one(officer)
    assert not officer.recovery_codes.exists()
    assert AuditEntry.objects.get(verb="factors_reset").subject == f"user:{officer.username}"


def test_the_page_of_a_person_shows_what_matters(manager, officer, draft):
    draft()
    shown = manager.get(reverse("person", args=[officer.pk])).content.decode()
    assert "1 unfinished post is theirs" in shown
    assert reverse("person_change", args=[officer.pk]) in shown


@pytest.fixture
def away(officer, approver, admin):
    """The approver is on holiday; the officer stands in."""

    def make(start: int = 0, days: int = 7, who=None) -> Delegation:
        first = delegations.today_of(officer) + timedelta(days=start)
        return delegations.make(who or approver, officer, first, first + timedelta(days=days), user_actor(admin))

    return make


def _again(user: User) -> User:
    return User.objects.get(pk=user.pk)


@pytest.mark.parametrize(("start", "days", "able"), [(0, 7, True), (-7, 7, True), (1, 7, False), (-8, 7, False)])
def test_a_substitute_approves_on_those_days_only(away, officer, start, days, able):
    away(start, days)
    assert may(_again(officer), May.APPROVE, "akkaiyn") == able
    assert not may(_again(officer), May.APPROVE, "esil")
    assert not may(_again(officer), May.STOP, "akkaiyn")


def test_a_substitution_ends_with_the_right_it_stands_on(away, officer, approver):
    row = away()
    assert may(_again(officer), May.APPROVE)
    User.objects.filter(pk=approver.pk).update(role=Role.OFFICER)
    assert not may(_again(officer), May.APPROVE)
    User.objects.filter(pk=approver.pk).update(role=Role.APPROVER, is_active=False)
    assert not may(_again(officer), May.APPROVE)
    User.objects.filter(pk=approver.pk).update(is_active=True)
    delegations.end(row, user_actor(approver))
    assert not may(_again(officer), May.APPROVE)


def test_a_substitutes_approval_says_in_whose_place(away, officer, approver, person, draft, log_in):
    away()
    writer = person(Role.OFFICER, name="writer")
    post = posts.submit(draft(author=writer), user_actor(writer))
    posts.approve(post, user_actor(_again(officer)))
    detail = AuditEntry.objects.get(verb="approved").detail
    assert (detail["in_place_of"], detail["in_place_of_id"]) == (str(approver), approver.pk)
    assert f"in place of: {approver}" in log_in(officer).get(reverse("post", args=[post.pk])).content.decode()


def test_four_eyes_hold_for_a_substitute(away, officer, approver, draft):
    away()
    own = posts.submit(draft(author=officer), user_actor(officer))
    with pytest.raises(posts.NotAllowed) as refused:
        posts.approve(own, user_actor(_again(officer)))
    assert refused.value.code == "own_post"
    theirs = posts.submit(draft(author=approver), user_actor(approver))
    with pytest.raises(posts.NotAllowed) as refused:
        posts.approve(theirs, user_actor(_again(officer)))
    assert refused.value.code == "substitute_of_author"


def test_an_approver_and_their_substitute_are_not_two(away, officer, approver, person, draft):
    away()
    writer = person(Role.OFFICER, name="writer")
    post = posts.submit(draft(author=writer, urgent=True), user_actor(writer))
    posts.approve(post, user_actor(approver))
    with pytest.raises(posts.NotAllowed) as refused:
        posts.approve(post, user_actor(_again(officer)))
    assert refused.value.code == "second_person"
    posts.approve(post, user_actor(person(Role.CHIEF)))
    assert post.status == Status.APPROVED


def test_an_approver_names_their_own_substitute_on_the_page(log_in, approver, officer):
    client = log_in(approver)
    day = delegations.today_of(approver)
    wanted = {"who": approver.pk, "substitute": officer.pk, "from_day": day, "to_day": day + timedelta(days=3)}
    client.post(reverse("delegation_add"), wanted)
    row = Delegation.objects.get()
    assert (row.who, row.substitute, row.made_by) == (approver, officer, str(approver))
    again = client.post(reverse("delegation_add"), wanted)
    assert "Somebody stands in already" in again.content.decode()
    assert "stands in for:" in log_in(officer).get(reverse("today")).content.decode()
    client.post(reverse("delegation_end", args=[row.pk]))
    row.refresh_from_db()
    assert row.ended_at
    verbs = AuditEntry.objects.filter(subject=f"user:{approver.username}").values_list("verb", flat=True)
    assert set(verbs) == {"delegated", "delegation_ended"}


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"to_day": "2020-01-01"}, "lies before the first one"),
        ({"to_day": "2090-01-01"}, "two months"),
        ({"substitute": 0}, "invalid-feedback"),
        ({"who": 0}, "invalid-feedback"),
    ],
)
def test_what_is_no_substitution_is_refused_in_words(log_in, approver, officer, changed, words):
    day = delegations.today_of(approver)
    wanted = {"who": approver.pk, "substitute": officer.pk, "from_day": day, "to_day": day} | changed
    assert words in log_in(approver).post(reverse("delegation_add"), wanted).content.decode()
    assert not Delegation.objects.exists()


def test_a_substitute_names_nobody_and_ends_nothing(away, log_in, officer, person):
    row = away()
    client = log_in(officer)
    assert client.get(reverse("delegations")).status_code == 200
    assert client.post(reverse("delegation_add"), {}).status_code == 403
    assert client.post(reverse("delegation_end", args=[row.pk])).status_code == 404


def test_a_substitute_of_another_district_cannot_be_named(log_in, admin, person, other_district, approver):
    foreign = person(Role.OFFICER, of=other_district)
    day = timezone.localdate()
    wanted = {"who": approver.pk, "substitute": foreign.pk, "from_day": day, "to_day": day}
    everywhere = log_in(person(Role.ADMIN, of=None))
    assert "works for another district" in everywhere.post(reverse("delegation_add"), wanted).content.decode()
    assert not Delegation.objects.exists()


def test_who_was_switched_off_is_out_at_once(officer, admin):
    client = Client()
    client.force_login(officer, backend="django.contrib.auth.backends.ModelBackend")
    staff.switch(officer, False, user_actor(admin))
    assert client.get(reverse("today")).status_code == 302
