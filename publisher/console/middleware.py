"""The language of the pages: the person's own; before log-in the one chosen on the page; Kazakh where none was."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation


class UserLanguage:
    """The browser's own wish is not asked: office computers say English or Russian without anybody meaning it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        translation.activate(_language(request))
        request.LANGUAGE_CODE = translation.get_language()
        return self.get_response(request)


def _language(request: HttpRequest) -> str:
    if request.user.is_authenticated:
        return request.user.language
    chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    return chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
