"""Who may do what. Every view and command asks here, by role and by district."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from django.db.models import Q, QuerySet

from publisher.people import delegations
from publisher.people.models import Delegation, District, Role, User


class May(StrEnum):
    VIEW = "view"  # today, posts, practice chats
    WRITE = "write"  # compose, submit for review, answer "did it appear?"
    APPROVE = "approve"
    STOP = "stop"  # the stop button; letting go on again needs APPROVE
    REPORT = "report"
    AUDIT = "audit"  # the audit trail
    MANAGE = "manage"  # channels, people, accounts
    DESK = "desk"  # calls of the hotline, prevention calls, house visits


GRANTS: dict[str, frozenset[May]] = {
    Role.OFFICER: frozenset({May.VIEW, May.WRITE, May.REPORT}),
    Role.APPROVER: frozenset({May.VIEW, May.WRITE, May.APPROVE, May.STOP, May.REPORT}),
    Role.DUTY: frozenset({May.VIEW, May.WRITE, May.STOP, May.REPORT, May.DESK}),
    Role.CHIEF: frozenset({May.VIEW, May.APPROVE, May.STOP, May.REPORT, May.AUDIT}),
    Role.ADMIN: frozenset(May),
}


def may(user: User, what: May, district_key: str | None = None) -> bool:
    """True when the role allows it and the district is within reach: the person's own, or one of their region.

    A substitute may approve as well, for the time that was agreed.
    """
    if own_right(user, what, district_key):
        return True
    return what is May.APPROVE and standing_in(user, district_key) is not None


def own_right(user: User, what: May, district_key: str | None = None) -> bool:
    """By the role alone."""
    return user.is_active and what in GRANTS.get(user.role, frozenset()) and _reaches(user, district_key)


def standing_in(user: User, district_key: str | None = None) -> Delegation | None:
    """In whose place this person approves now; None for whoever may do so anyway."""
    if not user.is_active or own_right(user, May.APPROVE, district_key) or not _reaches(user, district_key):
        return None
    rows: Iterable[Delegation] = delegations.now_for(user)
    return next((row for row in rows if own_right(row.who, May.APPROVE, district_key)), None)


def everywhere(user: User) -> bool:
    """Works for all districts: whoever is neither a district's nor a region's."""
    return user.district_id is None and user.region_id is None


def reach(user: User) -> frozenset[str] | None:
    """The keys of the districts this person sees; None: all there are, also those to come.

    Asked many times for one page, so a region's districts are kept with the person's object.
    """
    if user.district_id is not None:
        return frozenset({user.district_id})
    if user.region_id is None:
        return None
    kept = getattr(user, "_reach", None)
    if kept is None or kept[0] != user.region_id:
        keys = frozenset(District.objects.filter(region=user.region_id).values_list("key", flat=True))
        kept = user._reach = (user.region_id, keys)
    return kept[1]


def _reaches(user: User, district_key: str | None) -> bool:
    keys = reach(user)
    return keys is None or district_key is None or district_key in keys


def within_reach(user: User, rows: QuerySet, path: str = "district") -> QuerySet:
    """Only the rows of the person's own district or region; `path` leads from the row to its district."""
    if user.district_id is not None:
        return rows.filter(Q(**{f"{path}_id": user.district_id}))
    return rows if user.region_id is None else rows.filter(Q(**{f"{path}__region": user.region_id}))


def colleagues(user: User, rows: QuerySet[User]) -> QuerySet[User]:
    """People within reach: of the own district; for a region's people also those at the region itself."""
    if user.district_id is not None or user.region_id is None:
        return within_reach(user, rows)
    return rows.filter(Q(district__region=user.region_id) | Q(region=user.region_id))
