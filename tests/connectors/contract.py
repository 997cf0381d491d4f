"""The tests every connector must pass. Subclass ConnectorContract, say what the platform answers, and that is all.

It proves our mapping, not the platform: the replies are documented shapes (replies/<connector>/*.json).
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import unquote_plus

import httpx
import pytest

from publisher.connectors import CONNECTORS
from publisher.connectors.base import (
    NEVER,
    Entity,
    Limits,
    Measures,
    Media,
    Message,
    Poll,
    Receipt,
    Uploads,
)
from publisher.connectors.errors import ConnectorError, OutcomeUnknown, Refused, TargetGone, Unavailable
from tests.connectors.stand import AgainstReplies

ROOT = Path(__file__).resolve().parents[2]
OTHER_SECRET = "SECRET-of-the-app"

NO_CONNECTION = [httpx.ConnectError("refused"), httpx.ConnectTimeout("slow"), httpx.PoolTimeout("full")]
CUT = [
    httpx.ReadTimeout("no answer"),
    httpx.RemoteProtocolError("server disconnected without sending a response"),
    httpx.ReadError("reset"),
    httpx.WriteError("broken pipe"),
    httpx.WriteTimeout("slow"),
]
# Kazakh letters, emoji of two and of four UTF-16 units, and everything that some markup could take for itself.
TEXT = "Әғқңөұүһі ӘҒҚҢӨҰҮҺІ 🚔 👨‍👩‍👧 <b>&amp;</b> *жұлдыз* _сызық_ `код` 2-15-65 100% a+b=c"


@dataclass(frozen=True)
class Fault:
    """A reply and the one error it becomes; `has` are the error's attributes that matter."""

    name: str
    error: type[ConnectorError]
    has: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.name


class ConnectorContract(AgainstReplies):
    target: ClassVar[str]
    faults: ClassVar[list[Fault]]  # what publishing may be answered
    no_such_target: ClassVar[str]  # what looking at a target that does not exist is answered
    reuses_films: ClassVar[bool] = True  # a film goes up once for all channels

    @staticmethod
    def text_in(request: httpx.Request) -> str:
        """The message's text as the platform would read it from the request."""
        raise NotImplementedError

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        if "fault" in metafunc.fixturenames:
            metafunc.parametrize("fault", self.faults, ids=str)
        if "over_limit" in metafunc.fixturenames:
            cases = list(over_limits(self.connector.description.limits))
            metafunc.parametrize("over_limit", cases, ids=[code for code, _ in cases])

    # Describes itself

    def test_is_registered_under_the_key_it_describes(self):
        assert CONNECTORS[self.key()] is self.connector

    def test_its_settings_name_its_key_and_an_address(self):
        fields = self.connector.settings_type.model_fields
        assert fields["type"].default == self.key()
        assert str(fields["api_url"].default).startswith(("https://", "http://127.0.0.1"))

    def test_has_a_label_limits_and_a_pace(self):
        description = self.connector.description
        assert description.label
        assert 0 < description.limits.caption <= description.limits.text
        assert description.limits.photo_bytes
        assert description.limits.video_bytes
        assert any(rate.scope == "account" for rate in description.limits.rates)

    def test_has_a_page_in_the_documentation(self):
        page = (ROOT / f"docs/connectors/{self.key()}.md").read_text(encoding="utf-8")
        unnamed = [name for name in self.connector.settings_type.model_fields if f"`{name}`" not in page]
        assert unnamed == []

    def test_an_administrator_may_set_another_pace(self):
        settings = self.connector.settings_type(
            **self.settings, rates=[{"scope": "account", "count": 5, "seconds": 2.0}]
        )
        (rate,) = self.connector.limits_for(settings).rates
        assert (rate.scope, rate.count, rate.seconds) == ("account", 5, 2.0)

    # Publishes

    async def test_publishes_once_and_gives_a_receipt(self, account, platform):
        receipt = await account.publish(self.target, Message("d-1", "Сәлем"))
        assert receipt.ids
        assert all(receipt.ids)
        assert len(platform.asked) == 1

    async def test_keeps_every_letter_emoji_and_markup_character(self, account, platform):
        await account.publish(self.target, Message("d-1", TEXT, (Entity("bold", 0, 9),)))
        assert self.text_in(platform.asked[0]) == TEXT

    async def test_a_second_attempt_asks_for_exactly_the_same(self, account, platform):
        message = Message("d-1", TEXT)
        for _ in range(2):
            await account.publish(self.target, message)
        first, second = (request.content for request in platform.asked)
        assert first == second

    async def test_refuses_what_is_over_a_limit_before_any_request(self, account, platform, over_limit):
        code, message = over_limit
        with pytest.raises(Refused) as refusal:
            await account.publish(self.target, message)
        assert refusal.value.reason == code
        assert platform.asked == []

    async def test_takes_a_text_of_exactly_the_limit(self, account, platform):
        await account.publish(self.target, Message("d-1", filled(account.limits, account.limits.text)))
        assert len(platform.asked) == 1

    async def test_a_film_goes_up_once_and_is_reused(self, account, platform, film):
        if not self.reuses_films:
            pytest.skip("each channel's message carries the film itself")
        first = await account.publish(self.target, Message("d-1", "Бейне", media=(film,)))
        (uploaded,) = first.uploads
        assert uploaded.sha256 == film.sha256
        platform.asked.clear()
        again = await account.publish(
            self.target, Message("d-2", "Бейне", media=(replace(film, remote_id=uploaded.remote_id),))
        )
        (request,) = platform.asked
        assert film.path.read_bytes() not in request.content
        assert uploaded.remote_id.encode() in request.content
        assert again.uploads == ()

    async def test_an_upload_of_its_own_gives_an_id_or_nothing(self, account, film):
        if not isinstance(account, Uploads):
            pytest.skip("uploads only by publishing")
        upload = await account.upload(film)
        assert upload is None or (upload.sha256 == film.sha256 and upload.remote_id)

    async def test_a_film_that_is_not_there_is_refused(self, account, platform, film):
        film.path.unlink()
        with pytest.raises(Refused) as refusal:
            await account.publish(self.target, Message("d-1", "Бейне", media=(film,)))
        assert refusal.value.reason == "broken_media"
        assert platform.asked == []

    async def test_withdrawing_and_editing_twice_does_no_harm(self, account):
        receipt = await account.publish(self.target, Message("d-1", "Сәлем"))
        for act in (
            lambda: account.edit(self.target, receipt, Message("d-1", "Сәлем!")),
            lambda: account.withdraw(self.target, receipt),
        ):
            assert await outcome(act) == await outcome(act)

    async def test_an_answer_names_the_message_it_answers(self, account, platform):
        if not account.limits.replies:
            pytest.skip("no answers here")
        await account.publish(self.target, Message("d-1", "Түзету", reply_to="918273645"))
        (request,) = platform.asked
        assert "918273645" in unquote_plus(request.content.decode())

    async def test_what_can_never_be_changed_is_refused_without_asking(self, account, platform):
        limits = account.limits
        if NEVER not in (limits.edit_within, limits.withdraw_within):
            pytest.skip("both can be asked for")
        for within, act in (
            (limits.edit_within, lambda: account.edit(self.target, Receipt(("7",)), Message("d-1", "Түзету"))),
            (limits.withdraw_within, lambda: account.withdraw(self.target, Receipt(("7",)))),
        ):
            if within == NEVER:
                with pytest.raises(Refused) as refusal:
                    await act()
                assert refusal.value.reason in ("cannot_edit", "cannot_withdraw")
        assert platform.asked == []

    # Fails in exactly one way

    async def test_each_recorded_fault_becomes_exactly_one_error(self, account, platform, fault):
        platform.always = self.reply(fault.name)
        with pytest.raises(ConnectorError) as raised:
            await account.publish(self.target, Message("d-1", "Сәлем"))
        assert type(raised.value) is fault.error
        assert {name: getattr(raised.value, name) for name in fault.has} == fault.has
        assert len(platform.asked) == 1

    @pytest.mark.parametrize("broken", NO_CONNECTION, ids=lambda e: type(e).__name__)
    async def test_no_connection_means_certainly_not_sent(self, account, platform, broken):
        platform.always = broken
        with pytest.raises(Unavailable):
            await account.publish(self.target, Message("d-1", "Сәлем"))
        assert len(platform.asked) == 1

    @pytest.mark.parametrize("broken", CUT, ids=lambda e: type(e).__name__)
    async def test_a_cut_connection_means_that_nobody_knows_and_nothing_is_sent_again(self, account, platform, broken):
        platform.always = broken
        with pytest.raises(OutcomeUnknown):
            await account.publish(self.target, Message("d-1", "Сәлем"))
        assert len(platform.asked) == 1

    # Looks and measures

    async def test_checks_a_target_and_itself(self, account):
        found = await account.check(self.target)
        assert found.id
        assert found.title
        assert (await account.check()).title

    async def test_a_target_that_does_not_exist_is_gone(self, account, platform):
        platform.usual = {
            path: self.reply(self.no_such_target) if path not in ("/getMe",) else r
            for path, r in platform.usual.items()
        }
        with pytest.raises(TargetGone):
            await account.check(self.target)

    async def test_measures_only_what_it_declares(self, account):
        if not isinstance(account, Measures):
            pytest.skip("no numbers here")
        readings = [*await account.measure(self.target, None), *await account.measure(self.target, Receipt(("7",)))]
        assert readings
        assert {r.metric for r in readings} <= account.description.metrics
        assert all(r.at.utcoffset() is not None and r.source for r in readings)

    # Keeps its secret, and closes

    async def test_never_tells_its_secrets(self, account, platform, caplog):
        said = [repr(account), repr(vars(account)), repr(account.settings), str(account.settings.model_dump())]
        with every_library_talking(caplog):
            await account.publish(self.target, Message("d-1", "Сәлем"))
            for trouble in (*NO_CONNECTION, *CUT, *(self.reply(fault.name) for fault in self.faults)):
                platform.always = trouble
                with pytest.raises(ConnectorError) as raised:
                    await account.publish(self.target, Message("d-1", "Сәлем"))
                said += [repr(raised.value), raised.value.detail, *traceback.format_exception(raised.value)]
        said += [caplog.text]
        assert not [line for line in said if "SECRET" in line]

    async def test_closing_twice_is_harmless(self, platform):
        connector = self.make(platform)
        async with connector:
            pass
        await connector.__aexit__(None, None, None)

    async def test_opening_and_closing_asks_nothing(self, platform):
        async with self.make(platform):
            pass
        assert platform.asked == []


def filled(limits: Limits, length: int) -> str:
    """Text of that length as the platform counts it, made of letters that need care."""
    text = "Қ🚔" * length
    while limits.length(text) > length:
        text = text[: max(1, len(text) - max(1, (limits.length(text) - length) // 2))]
    return text + "ә" * (length - limits.length(text))


def over_limits(limits: Limits) -> Iterator[tuple[str, Message]]:
    """A message just over each limit, with the code of the refusal."""
    ok = Media(Path("film.mp4"), "video", "video/mp4", 100, "5f" * 32)
    yield "empty_text", Message("d-1")
    yield "text_too_long", Message("d-1", filled(limits, limits.text + 1))
    yield "caption_too_long", Message("d-1", filled(limits, limits.caption + 1), media=(ok,))
    yield "album_too_long", Message("d-1", "Альбом", media=(ok,) * (limits.album + 1))
    yield "video_too_big", Message("d-1", "Бейне", media=(replace(ok, size=limits.video_bytes + 1),))
    yield "video_type", Message("d-1", "Бейне", media=(replace(ok, mime="video/x-msvideo"),))
    photo = replace(ok, kind="photo", mime="image/jpeg", size=limits.photo_bytes + 1)
    yield "photo_too_big", Message("d-1", "Сурет", media=(photo,))
    yield from _over_poll_limits(limits)


def _over_poll_limits(limits: Limits) -> Iterator[tuple[str, Message]]:
    def asked(question: str = "Сұрақ?", options: Sequence[str] = ("Иә", "Жоқ"), explanation: str = "") -> Message:
        return Message("d-1", poll=Poll(question, tuple(options), 0, explanation))

    if not limits.poll_options:
        yield "no_polls", asked()
        return
    yield "poll_question_too_long", asked(question=filled(limits, limits.poll_question + 1))
    yield "poll_option_too_long", asked(options=("Иә", filled(limits, limits.poll_option + 1)))
    yield "poll_too_many_options", asked(options=[str(n) for n in range(limits.poll_options + 1)])
    yield "poll_too_few_options", asked(options=("Иә",))
    yield "poll_explanation_too_long", asked(explanation=filled(limits, limits.poll_explanation + 1))


async def outcome(act: Callable[[], Any]) -> str:
    try:
        await act()
    except ConnectorError as error:
        return f"{type(error).__name__}: {error.reason}"
    return "done"


class every_library_talking:
    """As if an administrator had set every logger to its lowest level, whatever the connector lowered."""

    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        self.caplog = caplog

    def __enter__(self) -> None:
        names = ("httpx", "telegram", "telegram.Bot", "telegram.request", "publisher")
        self.levels = {name: logging.getLogger(name).level for name in names}
        self.caplog.set_level(logging.DEBUG)
        for name in names:
            logging.getLogger(name).setLevel(logging.DEBUG)

    def __exit__(self, *exc: object) -> None:
        for name, level in self.levels.items():
            logging.getLogger(name).setLevel(level)
