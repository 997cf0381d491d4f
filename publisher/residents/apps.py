from __future__ import annotations

from typing import TYPE_CHECKING

from django.apps import AppConfig
from django.conf import settings

if TYPE_CHECKING:
    from publisher.compose.models import Post
    from publisher.connectors.base import Event


class ResidentsConfig(AppConfig):
    name = "publisher.residents"
    label = "residents"

    def ready(self) -> None:
        """The stages below may not call us by name. Nothing of the bot is loaded before somebody writes to it."""
        from publisher.compose import codes
        from publisher.deliver import listeners

        if _event not in listeners.on_event:
            listeners.on_event.append(_event)
        codes.install(_line_below)


def _event(account_key: str, event: Event) -> None:
    from publisher.connectors.base import Said

    if isinstance(event, Said):
        from publisher.residents.hearing import record_event

        record_event(account_key, event)


def _line_below(post: Post, give: bool) -> str:
    if not settings.CONFIG.residents.append_code:
        return ""
    from publisher.residents.proofs import line_below

    return line_below(post, give)
