"""Instagram's public pages, read gently through instaloader, without logging in. Measures only; publishes nothing.

One request notices what is new on a page (`newest`); one more per post gives its numbers (`look`). Instagram's terms
forbid automated collection without permission and its answers change several times a year: the connector is off until
an administrator switches it on, keeps a small budget of requests, and treats whatever it does not understand as an
error, never as 0. Shapes: what instaloader 4.16 reads; nothing here was tried against the live site.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeVar

import httpx
from pydantic import BaseModel, Field

from publisher.connectors.base import (
    Connector,
    Description,
    Limits,
    Measures,
    Metric,
    Reading,
    Receipt,
    Settings,
    Target,
)
from publisher.connectors.errors import Refused, Unavailable
from publisher.connectors.instagram_budget import OFFICIAL, Budget

if TYPE_CHECKING:
    import instaloader

T = TypeVar("T")
Kind = Literal["photo", "video", "album"]
KINDS: dict[int, Kind] = {1: "photo", 2: "video", 8: "album"}
SOURCE = "instagram-page"
LARGEST_FILE = 200 << 20  # bytes

DESCRIPTION = Description(
    key="instagram",
    label="Instagram",
    markup="marks",
    limits=Limits(text=2200, caption=2200, units="characters"),
    metrics=frozenset({Metric.FOLLOWERS, Metric.REACTIONS, Metric.REPLIES, Metric.VIEWS}),
    risks="Instagram's terms forbid automated collection without permission.",
)


class Page(BaseModel, frozen=True, extra="forbid"):
    """A public page: the department's own, whose numbers are read, or a source, whose new posts become drafts."""

    role: Literal["own", "source"]
    district: str = ""  # the district's key; empty: the first one
    permission: str = ""  # for a source: the letter that allows reuse, its number and date


class InstagramSettings(Settings, frozen=True):
    """`an_hour` and `a_day`: requests to the site, all pages together. A look at a page costs 1, at a post 1 or 2."""

    type: Literal["instagram"]
    api_url: str = OFFICIAL
    pages: dict[str, Page] = {}
    an_hour: int = Field(15, ge=1, le=60)
    a_day: int = Field(60, ge=1, le=300)


@dataclass(frozen=True, slots=True)
class Seen:
    """A post as the page lists it. `pinned` ones may be old."""

    code: str
    author: str
    caption: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class SeenPage:
    """`followers` is None when the page did not say."""

    name: str
    title: str
    followers: int | None
    posts: tuple[Seen, ...]


@dataclass(frozen=True, slots=True)
class SeenFile:
    kind: Literal["photo", "video"]
    url: str


@dataclass(frozen=True, slots=True)
class SeenPost:
    """Numbers are None when not given; `hidden`: the author hides likes, so None is no fault."""

    code: str
    author: str
    caption: str
    kind: Kind
    at: datetime
    likes: int | None
    comments: int | None
    views: int | None
    hidden: bool
    files: tuple[SeenFile, ...]

    @property
    def url(self) -> str:
        return post_url(self.code)

    def readings(self, at: datetime) -> tuple[Reading, ...]:
        given = [
            (Metric.REACTIONS, self.likes, "❤"),
            (Metric.REPLIES, self.comments, ""),
            (Metric.VIEWS, self.views, ""),
        ]
        return tuple(Reading(metric, value, at, SOURCE, label) for metric, value, label in given if value is not None)


def post_url(code: str) -> str:
    return f"{OFFICIAL}/p/{code}/"


class Instagram(Connector, Measures):
    description: ClassVar[Description] = DESCRIPTION
    settings_type: ClassVar[type[Settings]] = InstagramSettings

    def __init__(
        self,
        settings: Settings,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """`transport` is not used: instaloader speaks through requests. A stand-in is given by `api_url`.

        `budget` begins empty; whoever remembers earlier requests puts one in its place.
        """
        assert isinstance(settings, InstagramSettings)
        self.settings = settings
        self.budget = Budget(settings.an_hour, settings.a_day)
        self._context: instaloader.InstaloaderContext | None = None
        self._one = asyncio.Lock()

    async def check(self, target: str = "") -> Target:
        """Look at a page (without one: at the first of the settings). Costs one request."""
        name = target or next(iter(self.settings.pages), "")
        if not name:
            raise Refused("no pages", reason="instagram_no_pages")
        page = await self.newest(name)
        return Target(page.name, page.title, "channel", f"{OFFICIAL}/{page.name}/", page.followers)

    async def measure(self, target: str, receipt: Receipt | None) -> Sequence[Reading]:
        """Of a page its followers; of a post (its code is the receipt's first id) what Instagram shows a guest."""
        now = datetime.now(UTC)
        if receipt is not None:
            return (await self.look(receipt.ids[0])).readings(now)
        page = await self.newest(target)
        return [] if page.followers is None else [Reading(Metric.FOLLOWERS, page.followers, now, SOURCE)]

    async def newest(self, name: str) -> SeenPage:
        """The page's name, followers and about 12 newest posts in one request."""
        return await self._ask(lambda context: page_in(context.get_page_data(f"{name}/"), name))

    async def look(self, code: str) -> SeenPost:
        """One post with its numbers: one request, and once per process one more for the start page."""
        from instaloader import Post

        return await self._ask(lambda context: post_in(Post.from_shortcode(context, code)))

    async def fetch(self, url: str, path: Path) -> None:
        """A picture or film of a post. Its address lives for hours only: Unavailable when it has run out."""
        await self._ask(lambda context: _save(context, url, path))

    async def _ask(self, question: Callable[[instaloader.InstaloaderContext], T]) -> T:
        async with self._one:
            return await asyncio.to_thread(self._answer, question)

    def _answer(self, question: Callable[[instaloader.InstaloaderContext], T]) -> T:
        """The library is heavy and only for whoever looks at pages, so it is brought in here."""
        from publisher.connectors.instagram_door import Door, context, opened
        from publisher.connectors.instagram_errors import classified

        with opened(Door(self.settings.api_url, self.budget)):
            try:
                if self._context is None:
                    self._context = context()
                return question(self._context)
            except Exception as cause:  # AbortDownloadException is an Exception only; classified() knows them all
                raise classified(cause) from None


def page_in(found: Sequence[Mapping[str, Any]], name: str) -> SeenPage:
    """The page's facts, which lie in several pieces. A page that says nothing of itself was not understood."""
    facts: dict[str, Any] = {}
    for piece in found:
        facts |= {key: value for key, value in (piece.get("xig_user_by_username") or {}).items() if value is not None}
    if not facts:
        raise Unavailable("the page has no data", reason="instagram_login_wall")
    if facts.get("is_private"):
        raise Unavailable("private", reason="instagram_private")
    line = facts.get("polaris_ordered_timeline_connection")
    if not isinstance(line, Mapping) or not isinstance(line.get("edges"), list):
        raise Unavailable("the page lists no posts", reason="instagram_changed")
    posts = tuple(_listed(edge["node"]) for edge in line["edges"])
    username = str(facts.get("username") or name).lower()
    return SeenPage(username, str(facts.get("full_name") or username), _count(facts.get("follower_count")), posts)


def _listed(node: Mapping[str, Any]) -> Seen:
    return Seen(node["code"], node["user"]["username"].lower(), _caption(node), KINDS[node["media_type"]])


def post_in(post: instaloader.Post) -> SeenPost:
    """From the answer itself: the library's own `likes` turns a hidden or missing number into 0."""
    node: Mapping[str, Any] = post._node
    hidden = bool(node.get("like_and_view_counts_disabled"))
    return SeenPost(
        code=node["code"],
        author=node["user"]["username"].lower(),
        caption=_caption(node),
        kind=KINDS[node["media_type"]],
        at=datetime.fromtimestamp(node["taken_at"], UTC),
        likes=None if hidden else _count(node.get("like_count")),
        comments=None if node.get("comments_disabled") else _count(node.get("comment_count")),
        views=None if hidden else _count(node.get("play_count"), node.get("view_count")),
        hidden=hidden,
        files=tuple(_files(node)),
    )


def _caption(node: Mapping[str, Any]) -> str:
    caption = node.get("caption")
    return str(caption.get("text") or "") if isinstance(caption, Mapping) else ""


def _count(*given: object) -> int | None:
    """The first that is a number. Anything else that is not simply absent is a changed answer."""
    for value in given:
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise TypeError("not a count")
        return value
    return None


def _files(node: Mapping[str, Any]) -> Iterator[SeenFile]:
    for piece in node.get("carousel_media") or [node]:
        films = piece.get("video_versions") or []
        pictures = (piece.get("image_versions2") or {}).get("candidates") or []
        if piece.get("media_type") == 2 and films:
            yield SeenFile("video", films[0]["url"])
        elif pictures:
            yield SeenFile("photo", pictures[0]["url"])


def _save(context: instaloader.InstaloaderContext, url: str, path: Path) -> None:
    size = 0
    with context.get_raw(url) as answer, path.open("wb") as file:
        for piece in answer.iter_content(1 << 16):
            size += len(piece)
            if size > LARGEST_FILE:
                raise Unavailable("the file is too large", reason="instagram_file_too_big")
            file.write(piece)
