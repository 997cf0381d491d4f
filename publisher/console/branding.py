"""Which platform's limit the branded versions of a post are made for."""

from __future__ import annotations

from publisher.compose.models import Post
from publisher.deliver.models import Channel


def profile_for(post: Post) -> str:
    """WhatsApp's, the smallest, as soon as one of the channels is there: a language has one film for them all."""
    types = Channel.objects.filter(key__in=post.channel_keys).values_list("account__type", flat=True)
    return "whatsapp" if any(kind.startswith("whatsapp") for kind in types) else "telegram"
