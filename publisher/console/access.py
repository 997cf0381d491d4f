"""Every view says here who may see it; what belongs to another district does not exist for it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.http import url_has_allowed_host_and_scheme

from publisher.people.access import May, may, reach, within_reach
from publisher.people.models import District, User

View = Callable[..., HttpResponse]
Row = TypeVar("Row", bound=Model)


def needs(what: May) -> Callable[[View], View]:
    """The right a view asks for. It stays readable as `view.needs`, so that a test finds a view without a rule."""

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
            if not may(request.user, what):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        guarded.needs = what
        return guarded

    return guard


def own_account(view: View) -> View:
    """For what everybody who is logged in may do with their own account."""
    view.needs = None
    return view


def within(request: HttpRequest, rows: QuerySet[Row], path: str = "district", **lookup: object) -> Row:
    """The row asked for, or 404 when it is another district's."""
    return get_object_or_404(within_reach(request.user, rows, path), **lookup)


def back(request: HttpRequest, otherwise: str = "today") -> HttpResponse:
    """To the page of ours that the person came from; never to somebody else's."""
    wanted = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return redirect(wanted if ours and wanted.startswith("/") else otherwise)


def first_district(user: User) -> District:
    """Where a person of several districts begins. A region that no district belongs to any more has none."""
    found = districts_of(user).first()
    if found is None:
        raise PermissionDenied
    return found


def districts_of(user: User) -> QuerySet[District]:
    """The person's own district, those of their region, or all of them."""
    rows, keys = District.objects.all(), reach(user)
    return rows if keys is None else rows.filter(pk__in=keys)
