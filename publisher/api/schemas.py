"""What goes in and out of the interface. Names are a contract: extend them, don't break them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import ConfigDict, Field, StringConstraints

Text = Annotated[str, StringConstraints(min_length=1, max_length=20_000, pattern=r"^[^\x00]*$")]
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\x00]*$")]
Key = Annotated[str, StringConstraints(min_length=1, max_length=60, pattern=r"^[A-Za-z0-9_-]+$")]
Language = Literal["kk", "ru", "en"]


class Problem(Schema):
    """Every refusal has this form; `code` is stable, the words are for people."""

    code: str
    detail: str


class DraftIn(Schema):
    model_config = ConfigDict(extra="forbid")

    title: Title
    kind: Literal["prevention_video", "hotline_promo", "scam_warning", "notice"] = "notice"
    district: Key
    texts: dict[Language, Text] = Field(min_length=1, description="Markdown by language; {hotline} and {district} work")
    channels: list[Key] = Field(default=[], max_length=100)


class PostOut(Schema):
    id: int
    title: str
    kind: str
    status: str
    district: str
    urgent: bool
    revision: int
    languages: list[str]
    publish_at: datetime | None
    expires_at: datetime | None
    created_at: datetime


class DeliveryOut(Schema):
    id: int
    post: int
    channel: str
    language: str
    part: str
    state: str
    due_at: datetime
    sent_at: datetime | None
    address: str
    error: str


class PostWithDeliveries(PostOut):
    texts: dict[str, str]
    deliveries: list[DeliveryOut]


class ChannelOut(Schema):
    key: str
    title: str
    account: str
    district: str
    languages: list[str]
    url: str
    off: str = Field(description="why nothing goes there; empty: it is on")


class ReadingOut(Schema):
    delivery: int | None
    channel: str
    metric: str
    value: float
    at: datetime
    source: str


class Page(Schema):
    """`next` is the `after` of the following page; null on the last one."""

    next: int | None


class Posts(Page):
    items: list[PostOut]


class Deliveries(Page):
    items: list[DeliveryOut]


class Readings(Page):
    items: list[ReadingOut]


class Channels(Schema):
    items: list[ChannelOut]


class Numbers(Schema):
    """The report as the console gives it: a number that is not known is absent or null, never 0."""

    report: dict[str, Any]
