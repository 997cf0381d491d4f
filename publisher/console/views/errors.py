"""Pages for what went wrong, in words."""

from __future__ import annotations

import logging

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

log = logging.getLogger(__name__)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    log.warning("Refused: person %s, %s %s", _who(request), request.method, request.path)
    what = gettext("Your role does not include this page.")
    return _page(request, 403, what, gettext("If you need it for your work, ask the administrator."))


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    what = gettext("There is nothing here.")
    return _page(request, 404, what, gettext("It may have been removed, or belong to another district."))


def only_a_button(request: HttpRequest, above: str) -> HttpResponse:
    what = gettext("Nothing was done: this is a button's address, not a page.")
    return _page(request, 405, what, gettext("Open the page and press the button there."), above)


def broken(request: HttpRequest) -> HttpResponse:
    """Rendered without the database, which may be what broke."""
    return HttpResponse(
        '<!doctype html><html lang="kk"><head><meta charset="utf-8"><title>Қате · Ошибка</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"></head><body>'
        '<h1>Қате <span lang="ru">· Ошибка</span> <span lang="en">· Error</span></h1>'
        "<p>Бағдарламада қате шықты. Бетті жаңартып көріңіз; қайталанса, әкімшіге айтыңыз.</p>"
        '<p lang="ru">В программе произошла ошибка. Обновите страницу; если повторится, скажите администратору.</p>'
        '<p lang="en">Something broke in the program. Reload the page; if it happens again, tell the administrator.</p>'
        '<p><a href="/today/">Бүгін <span lang="ru">· Сегодня</span> <span lang="en">· Today</span></a></p>'
        "</body></html>",
        status=500,
    )


def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without the sign that it is ours: open since before a log-in, or sent by another site."""
    log.warning("Form refused: person %s, %s (%s)", _who(request), request.path, reason)
    what = gettext("This form is too old, or it did not come from here.")
    return _page(request, 403, what, gettext("Go back, load the page anew and send it again."))


def _who(request: HttpRequest) -> object:
    return getattr(getattr(request, "user", None), "pk", None)


def _page(request: HttpRequest, status: int, what: str, do: str, page: str = "") -> HttpResponse:
    return render(request, "console/error.html", {"what": what, "do": do, "page": page}, status=status)
