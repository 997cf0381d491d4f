"""Where the interface and the feeds are found. Read by publisher/urls.py alone, so that commands stay quick."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, path
from django.views.decorators.csrf import csrf_exempt

from publisher.api import feeds
from publisher.api.endpoints import api

BELOW = "api/v1/"


@login_not_required
def openapi(request: HttpRequest) -> HttpResponse:
    """OpenAPI 3.1, made from the code that answers."""
    return JsonResponse(api.get_openapi_schema(path_prefix=f"/{BELOW}"))


def _paths() -> list[URLPattern]:
    """A token stands for a log-in here, so neither session nor form token is asked for."""
    made = []
    for pattern in api.urls[0]:
        if pattern.name != "api-root":
            made.append(path(f"{BELOW}{pattern.pattern}", csrf_exempt(login_not_required(pattern.callback))))
    return made


urlpatterns = [
    path(f"{BELOW}openapi.json", openapi, name="openapi"),
    *_paths(),
    path("feeds/warnings.atom", feeds.Warnings(), name="feed_atom"),
    path("feeds/warnings.rss", feeds.WarningsRss(), name="feed_rss"),
    path("feeds/cap.atom", feeds.Alerts(), name="feed_cap"),
    path("feeds/cap/<int:number>.xml", feeds.alert, name="feed_alert"),
    path("feeds/calendar/<str:token>.ics", feeds.calendar, name="feed_calendar"),
    path("widget/warnings/", feeds.widget, name="widget"),
]
