"""The same message with its links leading by other addresses: what is read stays, unless the address itself is read.

Telegram hides an address behind words or a button: those lead elsewhere unseen. An address that residents read there
stays as it is, for one that reads egov.kz and leads by another name is just what people are warned of. WhatsApp shows
every address, so there the new one is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from publisher.compose.markdown import WRITTEN_ADDRESS, without_punctuation
from publisher.connectors.base import Entity, Message


def addresses(message: Message, *, shown: bool) -> list[str]:
    """What may be led by another address, once each. `shown`: the platform shows every address (WhatsApp's marks)."""
    found = [button.url for button in message.buttons]
    if shown:
        found += [without_punctuation(address) for address in WRITTEN_ADDRESS.findall(message.text)]
    else:
        found += [entity.url for entity in message.entities if _hidden(message.text, entity)]
    return list(dict.fromkeys(address for address in found if address.startswith("https://")))


def led(message: Message, by: Mapping[str, str], *, shown: bool) -> Message:
    """`by`: new addresses; those not named stay."""

    def other(address: str) -> str:
        return by.get(address, address)

    buttons = tuple(replace(button, url=other(button.url)) for button in message.buttons)
    if shown:
        return replace(message, buttons=buttons, text=_replaced(message.text, other))
    entities = tuple(
        replace(entity, url=other(entity.url)) if _hidden(message.text, entity) else entity
        for entity in message.entities
    )
    return replace(message, buttons=buttons, entities=entities)


def _hidden(text: str, entity: Entity) -> bool:
    """Behind words. A name with a dot in it may be read as an address, so it counts as one."""
    if entity.kind != "text_link":
        return False
    units = text.encode("utf-16-le")[entity.offset * 2 : (entity.offset + entity.length) * 2]
    words = units.decode("utf-16-le", "replace").strip().lower()
    return not (words.startswith(("http://", "https://", "www.")) or ("." in words and " " not in words))


def _replaced(text: str, other: Callable[[str], str]) -> str:
    def one(written: str) -> str:
        address = without_punctuation(written)
        return other(address) + written[len(address) :]

    return WRITTEN_ADDRESS.sub(lambda found: one(found[0]), text)
