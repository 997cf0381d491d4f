"""The warnings that residents can read now, as feeds and the widget say them. Only what stands in a channel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Max, QuerySet
from django.utils import timezone

from publisher.compose.markup import to_plain
from publisher.compose.models import Kind, Post, Status
from publisher.compose.variables import fill, variables_for
from publisher.deliver.models import Delivery, State

NEWEST = 30
CANCELLED_SHOWN = timedelta(days=7)  # so long a withdrawn warning says that it is withdrawn


@dataclass(frozen=True, slots=True)
class Warning_:
    """One warning in the languages asked for: `texts` has (language, plain words)."""

    post: Post
    sent_at: datetime
    texts: Sequence[tuple[str, str]]
    address: str

    @property
    def headline(self) -> str:
        return self.texts[0][1].split("\n", 1)[0][:160] if self.texts else ""


def standing(districts: Sequence[str] = (), language: str = "", most: int = NEWEST) -> list[Warning_]:
    """The newest first."""
    return _told(_stands(), districts, language, most)


def cancelled(districts: Sequence[str] = (), language: str = "") -> list[Warning_]:
    return _told(_gone(), districts, language, NEWEST)


def of_post(number: int) -> Warning_ | None:
    """However many newer ones there are: a district's feed reaches further back than the common one."""
    found = (_told(rows.filter(pk=number), (), "", 1) for rows in (_stands(), _gone()))
    return next((warnings[0] for warnings in found if warnings), None)


def _stands() -> QuerySet[Post]:
    return _sent(State.SENT).filter(status=Status.APPROVED)


def _gone() -> QuerySet[Post]:
    return _sent(State.WITHDRAWN).filter(status=Status.WITHDRAWN, updated_at__gt=timezone.now() - CANCELLED_SHOWN)


def _sent(state: State) -> QuerySet[Post]:
    rows = Post.objects.filter(kind=Kind.SCAM_WARNING, deliveries__state=state, deliveries__sent_at__isnull=False)
    return rows.annotate(gone_out=Max("deliveries__sent_at")).select_related("district").prefetch_related("versions")


def _told(rows: QuerySet[Post], districts: Sequence[str], language: str, most: int) -> list[Warning_]:
    rows = rows.filter(district__in=districts) if districts else rows
    found: list[Any] = list(rows.order_by("-gone_out")[:most])
    places = _addresses([post.pk for post in found])
    made = [_one(post, post.gone_out, language, places.get(post.pk, "")) for post in found]
    return [warning for warning in made if warning.texts]


def _one(post: Post, at: datetime, language: str, address: str) -> Warning_:
    written = {version.language: version.body for version in post.versions.all()}
    spoken = [code for code in post.district.languages or ("kk", "ru") if code in written] or list(written)
    wanted = [language] if language in written else spoken if not language else spoken[:1]
    texts = [(code, to_plain(fill(written[code], variables_for(post.district, code, at)))) for code in wanted]
    return Warning_(post, at, texts, address)


def _addresses(posts: Sequence[int]) -> dict[int, str]:
    """Where each stands in public, if its platform gave an address."""
    rows = Delivery.objects.filter(post__in=posts, part="main", state=State.SENT).values_list("post", "receipt")
    return {post: receipt["url"] for post, receipt in rows if receipt and receipt.get("url")}
