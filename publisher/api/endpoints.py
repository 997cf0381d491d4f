"""The interface for other programs, under /api/v1/. A token answers for every request; another district's things do
not exist for it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from ninja import Header, NinjaAPI, Query, Status
from ninja.errors import HttpError, ValidationError
from ninja.security import HttpBearer

from publisher.api import schemas, tokens
from publisher.api.models import Asked, Scope, Token
from publisher.compose import posts
from publisher.compose.message import Wording
from publisher.compose.models import Post
from publisher.compose.refusal import Refusal
from publisher.deliver.models import Channel, Delivery, State
from publisher.deliver.status import public_state
from publisher.measure.models import Reading
from publisher.people import throttle
from publisher.people.audit import Actor
from publisher.report.as_json import as_json
from publisher.report.figures import build

LONGEST_DAYS = 750
LARGEST_ID = 2**63 - 1
After = Annotated[int, Query(ge=0, le=LARGEST_ID, description="the `next` of the page before")]
Limit = Annotated[int, Query(ge=1, le=100)]
Ident = Annotated[int, Query(ge=1, le=LARGEST_ID)]


class Bearer(HttpBearer):
    """`Authorization: Bearer pub_…`. Every request counts towards the token's pace."""

    def authenticate(self, request: HttpRequest, token: str) -> Token | None:
        row = tokens.look(token)
        if row is not None:
            throttle.check(tokens.PACE, row.pk)
            throttle.failed(tokens.PACE, row.pk)
            _each_once(request)
        return row


def _each_once(request: HttpRequest) -> None:
    """Django takes the last of two values, other programs the first: whoever sends both gets neither."""
    for name, values in request.GET.lists():
        if len(values) > 1:
            raise HttpError(422, f"The parameter {name} is given {len(values)} times; which one is meant?")


api = NinjaAPI(
    title="Awareness publisher",
    version="1.0.0",
    description="Posts, channels, how messages stand, readings and the report's numbers. Times are ISO 8601 in UTC.",
    auth=Bearer(),
    docs_url=None,
    openapi_url=None,
    urls_namespace="publisher-api",
)
REFUSALS = dict.fromkeys((400, 401, 403, 404, 422, 429), schemas.Problem)


def _problem(request: HttpRequest, status: int, code: str, detail: str) -> HttpResponse:
    return api.create_response(request, {"code": code, "detail": detail}, status=status)


@api.exception_handler(HttpError)
def _refused(request: HttpRequest, error: HttpError) -> HttpResponse:
    codes = {400: "wrong_input", 401: "unauthorized", 403: "not_permitted", 404: "not_found", 409: "key_used"}
    return _problem(request, error.status_code, codes.get(error.status_code, "refused"), str(error))


@api.exception_handler(ValidationError)
def _wrong(request: HttpRequest, error: ValidationError) -> HttpResponse:
    told = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors[:5])
    return _problem(request, 422, "wrong_input", told)


@api.exception_handler(Refusal)
def _not_done(request: HttpRequest, error: Refusal) -> HttpResponse:
    return _problem(request, 422, error.code, str(error))


@api.exception_handler(throttle.TooMany)
def _too_many(request: HttpRequest, error: throttle.TooMany) -> HttpResponse:
    response = _problem(request, 429, "too_many", "Too many requests. Wait a minute.")
    response["Retry-After"] = "60"
    return response


def _token(request: HttpRequest, scope: Scope) -> Token:
    row: Token = request.auth  # type: ignore[attr-defined]
    if scope not in row.scopes:
        raise HttpError(403, f"The token lacks the scope {scope}.")
    return row


def _keys(row: Token) -> QuerySet[Any]:
    return tokens.districts_of(row).values("key")


def _next(rows: Sequence[Any], limit: int) -> int | None:
    return rows[limit - 1].pk if len(rows) > limit else None


@api.get("/posts", response={200: schemas.Posts, **REFUSALS}, tags=["posts"])
def list_posts(
    request: HttpRequest,
    status: Annotated[str, Query(max_length=20)] = "",
    district: Annotated[str, Query(max_length=60)] = "",
    after: After = 0,
    limit: Limit = 50,
) -> dict[str, Any]:
    """The newest first."""
    rows = _posts(_token(request, Scope.POSTS_READ))
    rows = rows.filter(pk__lt=after) if after else rows
    rows = rows.filter(status=status) if status else rows
    rows = rows.filter(district=district) if district else rows
    found = list(rows.order_by("-id").prefetch_related("versions")[: limit + 1])
    return {"items": [_post(post) for post in found[:limit]], "next": _next(found, limit)}


def _posts(row: Token) -> QuerySet[Post]:
    return Post.objects.filter(district__in=_keys(row))


def _post(post: Post) -> dict[str, Any]:
    names = ("id", "title", "kind", "status", "urgent", "revision", "publish_at", "expires_at", "created_at")
    spoken = [version.language for version in post.versions.all()]
    return {name: getattr(post, name) for name in names} | {"district": post.district_id, "languages": spoken}


@api.post(
    "/posts", response={200: schemas.PostOut, 201: schemas.PostOut, 409: schemas.Problem, **REFUSALS}, tags=["posts"]
)
def create_draft(
    request: HttpRequest,
    draft: schemas.DraftIn,
    idempotency_key: Annotated[str, Header(alias="Idempotency-Key", max_length=100, pattern=r"^[\x21-\x7e]*$")] = "",
) -> Status[Any]:
    """A draft. A person reads it, sends it for review, and another one approves it: nothing goes out from here.

    With the same Idempotency-Key the same draft is given again (200), and none is made twice.
    """
    row = _token(request, Scope.POSTS_WRITE)
    question = hashlib.sha256(draft.model_dump_json().encode()).hexdigest()
    with transaction.atomic():
        Token.objects.select_for_update().get(pk=row.pk)
        asked = Asked.objects.filter(token=row, key=idempotency_key).first() if idempotency_key else None
        if asked and asked.question != question:
            raise HttpError(409, "This Idempotency-Key was used for something else.")
        if asked:
            return Status(200, asked.answer)
        answer = api.renderer.render(request, _post(_draft(row, draft)), response_status=201)
        kept = _as_data(answer)
        if idempotency_key:
            Asked.objects.create(token=row, key=idempotency_key, question=question, answer=kept)
    return Status(201, kept)


def _as_data(rendered: Any) -> dict[str, Any]:
    import json

    return dict(json.loads(rendered))


def _draft(row: Token, draft: schemas.DraftIn) -> Post:
    district = tokens.districts_of(row).filter(pk=draft.district).first()
    if district is None:
        raise HttpError(404, f"The token knows no district “{draft.district}”.")
    known = set(Channel.objects.filter(district=district, key__in=draft.channels).values_list("key", flat=True))
    if unknown := sorted(set(draft.channels) - known):
        raise HttpError(404, f"The district has no channel “{unknown[0]}”.")
    actor = Actor(f"{row.name} (API)")
    post = posts.blank(draft.kind, draft.title, district, actor)
    Post.objects.filter(pk=post.pk).update(origin="api")
    posts.change(post, actor, channel_keys=draft.channels)
    posts.save_versions(post, {code: Wording(code, body) for code, body in draft.texts.items()}, actor)
    post.refresh_from_db()
    return post


@api.get("/posts/{post_id}", response={200: schemas.PostWithDeliveries, **REFUSALS}, tags=["posts"])
def show_post(request: HttpRequest, post_id: int) -> dict[str, Any]:
    """Its texts, and how each of its messages stands."""
    rows = _posts(_token(request, Scope.POSTS_READ)).prefetch_related("versions", "deliveries__channel")
    post = rows.filter(pk=post_id).first() if 0 < post_id <= LARGEST_ID else None
    if post is None:
        raise HttpError(404, "There is no such post.")
    texts = {version.language: version.body for version in post.versions.all()}
    return _post(post) | {"texts": texts, "deliveries": [_delivery(row) for row in post.deliveries.all()]}


def _delivery(row: Delivery) -> dict[str, Any]:
    return {
        "id": row.pk,
        "post": row.post_id,
        "channel": row.channel.key,
        "language": row.language,
        "part": row.part,
        "state": public_state(row),
        "due_at": row.due_at,
        "sent_at": row.sent_at,
        "address": str((row.receipt or {}).get("url") or ""),
        "error": row.held or row.error_reason,
    }


def _states_called(name: str) -> list[str]:
    """The states that `public_state` gives this name."""
    return [str(state) for state in State if public_state(Delivery(state=state)) == name]


@api.get("/deliveries", response={200: schemas.Deliveries, **REFUSALS}, tags=["posts"])
def list_deliveries(
    request: HttpRequest,
    post: Annotated[int, Query(ge=0, le=LARGEST_ID)] = 0,
    state: Annotated[str, Query(max_length=20)] = "",
    after: After = 0,
    limit: Limit = 50,
) -> dict[str, Any]:
    rows = Delivery.objects.filter(post__district__in=_keys(_token(request, Scope.POSTS_READ)), pk__gt=after)
    rows = rows.filter(post=post) if post else rows
    rows = rows.filter(state__in=_states_called(state)) if state else rows
    found = list(rows.select_related("channel").order_by("id")[: limit + 1])
    return {"items": [_delivery(row) for row in found[:limit]], "next": _next(found, limit)}


@api.get("/channels", response={200: schemas.Channels, **REFUSALS}, tags=["channels"])
def list_channels(request: HttpRequest) -> dict[str, Any]:
    rows = Channel.objects.filter(district__in=_keys(_token(request, Scope.CHANNELS_READ)))
    fields = [
        {
            "key": row.key,
            "title": row.title,
            "account": row.account_id,
            "district": row.district_id,
            "languages": row.languages,
            "url": row.url,
            "off": row.off_reason,
        }
        for row in rows
    ]
    return {"items": fields}


@api.get("/readings", response={200: schemas.Readings, **REFUSALS}, tags=["numbers"])
def list_readings(
    request: HttpRequest,
    metric: Annotated[str, Query(max_length=20)] = "",
    after: After = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> dict[str, Any]:
    """Every snapshot with its source, the oldest first. What no platform gave is absent."""
    keys = _keys(_token(request, Scope.READINGS_READ))
    rows = Reading.objects.filter(pk__gt=after)
    mine = rows.filter(delivery__post__district__in=keys) | rows.filter(channel__district__in=keys)
    mine = mine.filter(metric=metric) if metric else mine
    found = list(mine.select_related("channel", "delivery__channel").order_by("id")[: limit + 1])
    return {"items": [_reading(row) for row in found[:limit]], "next": _next(found, limit)}


def _reading(row: Reading) -> dict[str, Any]:
    channel = row.channel or (row.delivery.channel if row.delivery else None)
    return {
        "delivery": row.delivery_id,
        "channel": channel.key if channel else "",
        "metric": row.metric,
        "value": row.value,
        "at": row.at,
        "source": row.source,
    }


@api.get("/report", response={200: schemas.Numbers, **REFUSALS}, tags=["numbers"])
def report_numbers(
    request: HttpRequest, start: date, end: date, district: Annotated[str, Query(max_length=60)] = ""
) -> dict[str, Any]:
    """The numbers of the days from `start` to `end`, both included."""
    row = _token(request, Scope.REPORT_READ)
    if not 0 <= (end - start).days <= LONGEST_DAYS or start.year < 2000 or end.year > 2200:
        raise HttpError(422, "The period runs from start to end, two years at most.")
    place = row.district or row.region
    if district:
        place = tokens.districts_of(row).filter(pk=district).first()
        if place is None:
            raise HttpError(404, f"The token knows no district “{district}”.")
    return {"report": as_json(build(start, end, place))}
