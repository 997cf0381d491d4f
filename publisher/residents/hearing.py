"""What the platforms' one reader tells of private messages. The bot never reads updates of its own: there is one reader
for each token, and the answer is written down in the same transaction that moves its cursor on.
"""

from __future__ import annotations

import logging

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from publisher.connectors.base import Answer, Event, Said
from publisher.connectors.whatsapp_cloud_hooks import START, STOP
from publisher.deliver.border import now
from publisher.relay.models import Relay
from publisher.residents import flow, replying, talks

log = logging.getLogger(__name__)


def record_event(account_key: str, event: Event) -> None:
    """A message that cannot be answered must not hold up the reader: it is logged without its words."""
    if not isinstance(event, Said) or account_key not in settings.CONFIG.residents.accounts:
        return
    if _of_a_relay(event) or _is_a_wish(account_key, event):
        return
    try:
        with transaction.atomic():
            _heard(account_key, event)
    except Exception:
        log.exception("A resident's message could not be answered.")


def _of_a_relay(said: Said) -> bool:
    """Their start link is for the relays' own road."""
    code = said.text.removeprefix("/start ").strip() if said.text.startswith("/start ") else ""
    return bool(code) and Relay.objects.filter(start_code=code).exists()


def _is_a_wish(account_key: str, said: Said) -> bool:
    """“STOP” and “START” are about messages sent to people by number, which WhatsApp alone has; its connector tells
    them apart by itself. In Telegram “Старт” is how many people begin."""
    by_number = settings.CONFIG.accounts[account_key].type == "whatsapp_cloud"
    return by_number and said.text.strip().strip(".!").casefold() in STOP | START


def _heard(account_key: str, said: Said) -> None:
    moment = now()
    if talks.heard_before(account_key, f"{said.chat}/{said.press or said.id}"):
        return
    talk = talks.talk_with(account_key, said.chat, moment)
    may = talks.may_speak(talk, moment)
    if may == "blocked":
        talk.save()
        return
    with translation.override(talk.language or "kk"):
        if may == "resting":
            answers = [Answer(_("That is too much at once. The bot rests for a while; call if it is urgent: 102."))]
        else:
            answers = flow.answer(flow.Turn(talk, said, moment))
    talk.save()
    replying.put_all(talk, answers, moment, said.press)
