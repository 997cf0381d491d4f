"""Two invented accounts whose posts and numbers grow with the residents' clock. Nothing is stored: all is reckoned."""

from __future__ import annotations

import base64
import random
import time
from dataclasses import dataclass
from typing import Any

from publisher.practice.clock import HOUR
from publisher.practice.world import World

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
FILES = "https://scontent.cdninstagram.com"
PAGE = 12  # posts that a page shows
EVERY = 8 * HOUR  # residents' seconds between two posts
BEFORE = 20  # posts that stood there when the practice began
PICTURE, VIDEO, ALBUM = 1, 2, 8
HIDES_LIKES = 5  # every so many-th post
TEXTS = (
    "Банк қызметкері қауіпсіз шотқа ақша аударуды сұрамайды. Күмәнданып тұрсаңыз, 102 нөміріне қоңырау шалыңыз.",
    "Если просят код из SMS, это мошенник. Положите трубку и перезвоните в банк сами. 102",
    "Бейтаныс адам құжатты «тексеру» үшін қосымша орнатуды сұраса, келіспеңіз. #StopАлаяқ",
)


@dataclass(frozen=True)
class Account:
    number: int
    name: str
    title: str
    followers: int


ACCOUNTS = {
    account.name: account
    for account in (
        Account(59000000001, "practice_police", "СЫНАҚ · Аудандық полиция", 4180),
        Account(59000000002, "practice_cyberpol", "СЫНАҚ · Киберпол", 48210),
    )
}


def shortcode(number: int) -> str:
    found = ""
    while number:
        number, rest = divmod(number, 64)
        found = ALPHABET[rest] + found
    return found


@dataclass(frozen=True)
class Item:
    """One post: the n-th of an account. `at` in our own seconds since 1970, `age` in the residents' seconds."""

    account: Account
    n: int
    age: float
    at: int

    @property
    def pk(self) -> int:
        return 3_700_000_000_000_000_000 + self.account.number % 100 * 1_000_000_000 + self.n * 1_003

    @property
    def code(self) -> str:
        return shortcode(self.pk)

    @property
    def kind(self) -> int:
        return (PICTURE, PICTURE, ALBUM, VIDEO)[self.n % 4]

    @property
    def hidden(self) -> bool:
        return self.n % HIDES_LIKES == HIDES_LIKES - 1

    @property
    def text(self) -> str:
        return f"{TEXTS[self.n % len(TEXTS)]} (сынақ жазба № {self.n})"

    def grown(self, most: int) -> int:
        """Half of everything within six hours, nearly all after two days."""
        share = self.age / (self.age + 6 * HOUR)
        return int(most * share * (0.7 + 0.6 * random.Random(f"{self.pk}/{most}").random()))


def items(world: World, account: Account) -> list[Item]:
    """Newest first."""
    now, clock = time.time(), world.clock.now()
    count = BEFORE + int(clock // EVERY)
    made = []
    for n in range(count, 0, -1):
        age = clock - (n - BEFORE) * EVERY
        made.append(Item(account, n, age, int(now - age)))
    return made


def item_of(world: World, code: str) -> Item | None:
    return next((i for account in ACCOUNTS.values() for i in items(world, account) if i.code == code), None)


def user(account: Account) -> dict[str, Any]:
    return {
        "pk": str(account.number),
        "id": str(account.number),
        "username": account.name,
        "full_name": account.title,
        "profile_pic_url": f"{FILES}/v/t51.2885-19/{account.number}_a.jpg",
        "is_private": False,
        "is_verified": True,
    }


def listed(item: Item) -> dict[str, Any]:
    """A post as the page lists it for a guest."""
    return {
        "code": item.code,
        "pk": str(item.pk),
        "id": f"{item.pk}_{item.account.number}",
        "media_type": item.kind,
        "product_type": {PICTURE: "feed", VIDEO: "clips", ALBUM: "carousel_container"}[item.kind],
        "caption": {"pk": str(item.pk + 1), "text": item.text, "created_at": item.at},
        "user": user(item.account),
        "taken_at": item.at,
        "timeline_pinned_user_ids": [],
        "accessibility_caption": None,
        "display_uri": _pictures(item.pk)["candidates"][0]["url"],
        "__typename": "XIGPolarisMedia",
    }


def whole(item: Item) -> dict[str, Any]:
    """A post as the query for one post gives it."""
    return listed(item) | {
        "owner": user(item.account),
        "coauthor_producers": [],
        "usertags": None,
        "like_and_view_counts_disabled": item.hidden,
        "like_count": None if item.hidden else item.grown(item.account.followers // 20),
        "comment_count": item.grown(14),
        "comments_disabled": None,
        "has_liked": False,
        "view_count": None,
        "play_count": None if item.kind != VIDEO or item.hidden else item.grown(item.account.followers // 2),
        "image_versions2": _pictures(item.pk),
        "video_versions": _films(item.pk) if item.kind == VIDEO else None,
        "video_duration": 1.0 if item.kind == VIDEO else None,
        "carousel_media": [_slide(item, n) for n in range(2)] if item.kind == ALBUM else None,
    }


def _pictures(pk: int) -> dict[str, Any]:
    return {"candidates": [{"url": f"{FILES}/v/{pk}_n.jpg?oe=practice", "width": 1080, "height": 1350}]}


def _films(pk: int) -> list[dict[str, Any]]:
    return [{"type": 101, "width": 320, "height": 568, "url": f"{FILES}/o1/v/{pk}.mp4?oe=practice"}]


def _slide(item: Item, n: int) -> dict[str, Any]:
    pk = item.pk + 10 + n
    return {
        "pk": str(pk),
        "id": f"{pk}_{item.account.number}",
        "code": shortcode(pk),
        "media_type": PICTURE,
        "image_versions2": _pictures(pk),
        "video_versions": None,
    }


def timeline(world: World, account: Account) -> dict[str, Any]:
    found = items(world, account)
    return {
        "edges": [{"cursor": str(item.pk), "node": listed(item)} for item in found[:PAGE]],
        "page_info": {"has_next_page": len(found) > PAGE, "end_cursor": base64.b64encode(b"12").decode()},
    }


def facts(world: World, account: Account) -> dict[str, Any]:
    return user(account) | {
        "biography": "Сынақ аккаунты. Учебный аккаунт.",
        "follower_count": account.followers + int(world.clock.now() // (3 * HOUR)),
        "following_count": 17,
        "all_media_count": None,
        "__typename": "XIGIGUser",
    }
