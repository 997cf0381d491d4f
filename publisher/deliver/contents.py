"""What a delivery says: one place for the sender, for corrections and for looking up what became of a request."""

from __future__ import annotations

import dataclasses
from datetime import datetime

from publisher.compose.message import media_of, message_of
from publisher.connectors.base import Message
from publisher.deliver import listeners
from publisher.deliver.border import now
from publisher.deliver.channels import description_of
from publisher.deliver.models import Delivery, Part, RemoteUpload


def content_of(delivery: Delivery, when: datetime) -> Message:
    """The post's present wording, for this delivery. Wants its channel's account and its post's district."""
    message = common_content_of(delivery, when)
    description = description_of(delivery.channel)
    place = (delivery.post_id, delivery.post.district_id, delivery.channel_id, delivery.language)
    return listeners.worded([listeners.Worded(*place, message, description)])[0]


def common_content_of(delivery: Delivery, when: datetime) -> Message:
    """Before it gets what one channel has of its own (short links)."""
    description = description_of(delivery.channel)
    answered = main_of(delivery) if delivery.part == Part.CORRECTION else None
    message = message_of(
        delivery.post,
        delivery.language,
        description,
        when=when,
        part=delivery.part,
        key=str(delivery.key),
        reply_to=_first_id(answered) if answered else "",
        with_media=answered is None or answered.media != shown_by(delivery),
    )
    return _reusing_uploads(message, delivery)


def _reusing_uploads(message: Message, delivery: Delivery) -> Message:
    if not message.media:
        return message
    lives = description_of(delivery.channel).limits.upload_lives
    known = RemoteUpload.objects.filter(
        account=delivery.channel.account_id, sha256__in=[m.sha256 for m in message.media]
    )
    if lives:
        known = known.filter(uploaded_at__gt=now() - lives)
    ids = dict(known.values_list("sha256", "remote_id"))
    media = tuple(dataclasses.replace(m, remote_id=ids.get(m.sha256, "")) for m in message.media)
    return dataclasses.replace(message, media=media)


def main_of(delivery: Delivery) -> Delivery | None:
    """The message that a correction answers."""
    same = Delivery.objects.filter(post=delivery.post_id, channel=delivery.channel_id, language=delivery.language)
    return same.filter(part=Part.MAIN).first()


def shown_by(delivery: Delivery) -> list[str]:
    """The files that the post shows now, as they are compared with those that stand there."""
    return [media.sha256 for media in media_of(delivery.post, delivery.language, description_of(delivery.channel))]


def _first_id(delivery: Delivery) -> str:
    ids = (delivery.receipt or {}).get("ids") or [""]
    return str(ids[0])
