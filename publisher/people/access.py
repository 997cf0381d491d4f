"""Who may do what. Every view and command asks here, by role and by district."""

from __future__ import annotations

from enum import StrEnum

from django.db.models import Q, QuerySet

from publisher.people.models import Role, User


class May(StrEnum):
    VIEW = "view"  # today, posts, practice chats
    WRITE = "write"  # compose, submit for review, answer "did it appear?"
    APPROVE = "approve"
    STOP = "stop"  # the stop button; letting go on again needs APPROVE
    REPORT = "report"
    AUDIT = "audit"  # the audit trail
    MANAGE = "manage"  # channels, people, accounts


GRANTS: dict[str, frozenset[May]] = {
    Role.OFFICER: frozenset({May.VIEW, May.WRITE, May.REPORT}),
    Role.APPROVER: frozenset({May.VIEW, May.WRITE, May.APPROVE, May.STOP, May.REPORT}),
    Role.DUTY: frozenset({May.VIEW, May.WRITE, May.STOP, May.REPORT}),
    Role.CHIEF: frozenset({May.VIEW, May.APPROVE, May.STOP, May.REPORT, May.AUDIT}),
    Role.ADMIN: frozenset(May),
}


def may(user: User, what: May, district_key: str | None = None) -> bool:
    """True when the role allows it and the district is the person's own (or the person has all)."""
    if not user.is_active or what not in GRANTS.get(user.role, frozenset()):
        return False
    return user.district_id is None or district_key is None or user.district_id == district_key


def within_reach(user: User, rows: QuerySet, path: str = "district") -> QuerySet:
    """Only the rows of the person's own district; `path` leads from the row to its district."""
    return rows if user.district_id is None else rows.filter(Q(**{f"{path}_id": user.district_id}))
