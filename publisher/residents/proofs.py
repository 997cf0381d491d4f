"""Posts' short codes and signed wordings: what was really said, and what became of it."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Literal

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef
from django.utils import timezone

from publisher.compose.markdown import escape
from publisher.compose.markup import to_plain
from publisher.compose.message import AI_MARK, CORRECTION, LANGUAGES
from publisher.compose.models import Post, Status, Version
from publisher.compose.variables import fill, variables_for
from publisher.deliver.models import Delivery, State
from publisher.residents import keys
from publisher.residents.models import Proof, SigningKey, Wording

LETTERS = "ACDEFGHJKLMNPQRTUVWXY34679"  # none that is taken for another one, also when it is read out
ALIKE = str.maketrans("АСЕНКМРТХУ", "ACEHKMPTXY")  # Cyrillic, as a phone's own keyboard gives them
LENGTH = 6
STOOD = (State.SENT, State.WITHDRAWN)
LOOKED_BACK = timedelta(days=30)
AT_ONCE = 50
StateOfPost = Literal["current", "corrected", "withdrawn", "expired"]


def code_of(post: Post) -> str:
    """The post's code, given when first asked for."""
    found = Proof.objects.filter(post=post).first()
    while found is None:
        code = "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
        try:
            with transaction.atomic():
                found = Proof.objects.create(post=post, code=code)
        except IntegrityError:  # the code is taken, or another process was first
            found = Proof.objects.filter(post=post).first()
    return found.code


def plain_code(text: str) -> str:
    """As people type it: small or Cyrillic letters, spaces, a dash. Empty: it cannot be one."""
    code = "".join(sign for sign in text.upper() if sign.isalnum()).translate(ALIKE)
    return code if len(code) == LENGTH and set(code) <= set(LETTERS) else ""


def address(code: str) -> str:
    return f"{settings.CONFIG.site.public_url.rstrip('/')}/v/{code}"


def line_below(post: Post, give: bool) -> str:
    """For compose: without a scheme, which messengers make a link of all the same, and which no counter replaces."""
    if not settings.CONFIG.residents.append_code:
        return ""
    known = code_of(post) if give else Proof.objects.filter(post=post).values_list("code", flat=True).first()
    code = known or "·" * LENGTH
    return escape(f"Код {code}: {address(code).partition('://')[2]}")


def sign_due(now: datetime) -> int:
    """Every wording that stands somewhere and has no signature yet; returns how many there were."""
    keys.private_key(settings.HOME.var)  # there from the first start on, so that it can be put into the safe
    signed = Wording.objects.filter(proof__post=OuterRef("post"), revision__gte=OuterRef("revision"))
    rows = Delivery.objects.filter(state=State.SENT, sent_at__gt=now - LOOKED_BACK).filter(~Exists(signed))
    posts = Post.objects.filter(pk__in=rows.values("post")).select_related("district")[:AT_ONCE]
    return sum(sign(post) is not None for post in posts)


def sign(post: Post) -> Wording | None:
    """The newest wording that went out. None: nothing stands anywhere, or only an older wording than we have."""
    standing = Delivery.objects.filter(post=post, state__in=STOOD).order_by("-revision", "sent_at").first()
    if standing is None or standing.revision != post.revision:
        return None
    proof = Proof.objects.get(code=code_of(post))
    found = proof.wordings.filter(revision=post.revision).first()
    if found:
        return found
    payload = json.dumps(_said(post, proof), ensure_ascii=False, sort_keys=True, indent=1)
    private = keys.private_key(settings.HOME.var)
    row, _new = Wording.objects.get_or_create(
        proof=proof,
        revision=post.revision,
        defaults={
            "payload": payload,
            "signature": keys.sign(private, payload),
            "key": _known(keys.public_pem(private)),
        },
    )
    return row


def current_key() -> SigningKey:
    return _known(keys.public_pem(keys.private_key(settings.HOME.var)))


def _known(pem: str) -> SigningKey:
    row, _new = SigningKey.objects.get_or_create(pk=keys.fingerprint(pem), defaults={"public": pem})
    return row


def _said(post: Post, proof: Proof) -> dict[str, object]:
    """What is signed. No person's name: only what residents saw, whose it is, and since when."""
    first = Delivery.objects.filter(post=post, state__in=STOOD).order_by("sent_at").values_list("sent_at", flat=True)
    when = first.first() or timezone.now()
    return {
        "code": proof.code,
        "publisher": settings.CONFIG.site.name,
        "district": {"kk": post.district.name_kk, "ru": post.district.name_ru},
        "hotline": post.district.hotline,
        "kind": post.kind,
        "published": when.isoformat(timespec="seconds"),
        "revision": post.revision,
        "texts": dict(_texts(post, when)),
        "below": {version.language: _below(post, version, when) for version in post.versions.all()},
    }


def _below(post: Post, version: Version, when: datetime) -> list[str]:
    """Lines that stand around the text on one platform or another, and belong to it."""
    values = variables_for(post.district, version.language, when)
    lines = [f"{fill(button['label'], values)}: {button['url']}" for button in version.buttons]
    lines.append(CORRECTION[version.language])
    return [*lines, to_plain(AI_MARK[version.language])] if post.made_with_ai else lines


def _texts(post: Post, when: datetime) -> list[tuple[str, str]]:
    versions = sorted(post.versions.all(), key=lambda version: LANGUAGES.index(version.language))
    return [(v.language, to_plain(fill(v.body, variables_for(post.district, v.language, when)))) for v in versions]


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a post went: the name residents know, its address if it has one, when, and whether it still stands."""

    title: str
    url: str
    at: datetime
    gone: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """A post as /v/<code> tells it; `wordings` the newest first."""

    proof: Proof
    post: Post
    state: StateOfPost
    wordings: tuple[Wording, ...]
    places: tuple[Standing, ...]

    @property
    def texts(self) -> Mapping[str, str]:
        return texts_of(self.wordings[0])

    @property
    def published(self) -> datetime:
        return datetime.fromisoformat(said(self.wordings[0])["published"])


def said(wording: Wording) -> dict[str, str]:
    return dict(json.loads(wording.payload))


@lru_cache(maxsize=2000)
def _texts_in(payload: str) -> dict[str, str]:
    return dict(json.loads(payload)["texts"])


@lru_cache(maxsize=2000)
def _below_in(payload: str) -> tuple[str, ...]:
    below = json.loads(payload).get("below", {})
    return tuple(line for lines in below.values() for line in lines)


def lines_around(wording: Wording) -> tuple[str, ...]:
    return _below_in(wording.payload)


def texts_of(wording: Wording) -> dict[str, str]:
    return _texts_in(wording.payload)


def shown(code: str) -> Shown | None:
    """None: there is no such code, or its post never went out. A wording just sent is signed at this moment."""
    proof = Proof.objects.select_related("post__district").filter(code=plain_code(code) or "-").first()
    if proof is None:
        return None
    sign(proof.post)
    wordings = tuple(proof.wordings.select_related("key").order_by("-revision"))
    return Shown(proof, proof.post, state_of(proof.post, wordings), wordings, _places(proof.post)) if wordings else None


def state_of(post: Post, wordings: tuple[Wording, ...]) -> StateOfPost:
    if post.status == Status.WITHDRAWN:
        return "withdrawn"
    if post.expires_at and post.expires_at <= timezone.now():
        return "expired"
    return "corrected" if len(wordings) > 1 else "current"


def _places(post: Post) -> tuple[Standing, ...]:
    """One line a channel."""
    rows = Delivery.objects.filter(post=post, state__in=STOOD).select_related("channel")
    rows = rows.exclude(sent_at=None).order_by("channel_id", F("sent_at"))
    found: dict[int, Standing] = {}
    for row in rows:
        place = (row.receipt or {}).get("url") or row.channel.url
        gone = row.state == State.WITHDRAWN
        earlier = found.get(row.channel_id)
        at = earlier.at if earlier else row.sent_at
        found[row.channel_id] = Standing(str(row.channel), place, at, gone and (earlier is None or earlier.gone))
    return tuple(sorted(found.values(), key=lambda place: place.at))


def envelope(wording: Wording) -> dict[str, str]:
    """What is downloaded: the signed bytes as they are, the signature, and which key to check it with."""
    return {"payload": wording.payload, "signature": wording.signature, "key": wording.key_id, "algorithm": "Ed25519"}
