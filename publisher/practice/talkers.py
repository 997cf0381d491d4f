"""Simulated people who talk to the bot in private: each follows a short script, one step when the bot has answered."""

from __future__ import annotations

from dataclasses import dataclass

from publisher.practice import acts
from publisher.practice.chats import Chat
from publisher.practice.messages import Message
from publisher.practice.world import World

STARTED = "talkers"
OURS = "{post}"  # the newest post of a channel, as somebody passed it on with another number in it


@dataclass(frozen=True)
class Talker:
    """`script`: words to write, or the place of the button to press (from 0)."""

    chat: str
    platform: str
    name: str
    script: tuple[str | int, ...]


TALKERS = (
    Talker(
        "777101",
        "telegram",
        "Гүлнар Омарова",
        (
            "/start",
            0,
            "Маған тергеуші деп хабарласты, атыма несие рәсімделіп жатыр екен, ақшамды қауіпсіз шотқа аудар дейді",
            1,
            "Жаңа ғана тағы қоңырау шалды, жұмысыма келеміз дейді. Бұл шынымен полиция ма?",
        ),
    ),
    Talker(
        "777102",
        "telegram",
        "Сергей Петренко",
        (
            "/start",
            1,
            "Продал коляску, покупатель прислал ссылку, ввёл данные карты и с карты списали 85 тысяч, что делать",
            1,
        ),
    ),
    Talker("777103", "telegram", "Динара Әбенова", ("/start", 0, OURS)),
    Talker(
        "77015550104",
        "whatsapp",
        "Ольга Шмидт",
        (
            "Здравствуйте",
            1,
            "Звонят из поликлиники, просят продиктовать код из смс с номера 1414",
            1,
            "А прикрепление не слетит, если код не назвать?",
        ),
    ),
)


def begin(world: World) -> None:
    """From now on they talk; a second start goes on where the first ended."""
    for talker in TALKERS:
        wanted = {"platform": talker.platform, "kind": "private", "id": talker.chat, "title": talker.name}
        world.chats.create(wanted)
    world.database.remember(STARTED, True)


def act(world: World) -> None:
    if not world.database.recall(STARTED, False):
        return
    for talker in TALKERS:
        chat = world.chats.get(talker.chat)
        known = dict(world.database.recall(f"talker {talker.chat}", {"step": 0, "seen": "", "last": ""}))
        if chat is None or known["step"] >= len(talker.script) or not _listened_to(world, chat):
            continue
        said = world.messages.every(chat.id)
        last = str(said[-1].id) if said else ""
        answered = bool(said) and said[-1].sender != "resident" and last != known["seen"]
        settled = last == known["last"]  # nothing more has come since the look before
        if (known["step"] == 0 or (answered and settled)) and _do(world, chat, talker.script[known["step"]]):
            known |= {"step": known["step"] + 1, "seen": last}
        world.database.remember(f"talker {talker.chat}", known | {"last": last})


def _listened_to(world: World, chat: Chat) -> bool:
    if chat.platform == "telegram":
        return bool(world.updates.wanted("callback_query"))
    return world.hooks.receiver is not None


def _do(world: World, chat: Chat, wanted: str | int) -> bool:
    if isinstance(wanted, int):
        return _press(world, chat, wanted)
    text = _passed_on(world) if wanted == OURS else wanted
    if text:
        acts.wrote(world, chat, text, chat.title, 0)
    return bool(text)


def _press(world: World, chat: Chat, place: int) -> bool:
    """A button of the newest message that has any."""
    for message in reversed(world.messages.every(chat.id)):
        choices = _choices(message)
        if choices:
            acts.pressed(world, message, choices[min(place, len(choices) - 1)], 0)
            return True
    return False


def _choices(message: Message) -> list[str]:
    pressed = [
        button["callback_data"]
        for row in message.body.get("keyboard", [])
        for button in row
        if "callback_data" in button
    ]
    return pressed + [choice["id"] for choice in message.body.get("choices", [])]


def _passed_on(world: World) -> str:
    """With a stranger's number in the place of the hotline's: what impostors do."""
    for chat in world.chats.all():
        if chat.platform == "telegram" and chat.kind == "channel":
            texts = [message.text for message in world.messages.every(chat.id) if len(message.text) > 120]
            if texts:
                return texts[-1].replace("2-15-65", "8 700 000 00 00")
    return ""
