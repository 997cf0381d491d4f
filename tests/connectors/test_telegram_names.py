from __future__ import annotations

import pytest

from publisher.connectors.errors import Refused
from publisher.connectors.telegram_names import chat_of


@pytest.mark.parametrize(
    ("pasted", "chat"),
    [
        ("@akkaiyn_police", "@akkaiyn_police"),
        ("akkaiyn_police", "@akkaiyn_police"),
        (" https://t.me/akkaiyn_police ", "@akkaiyn_police"),
        ("t.me/akkaiyn_police/123", "@akkaiyn_police"),
        ("https://t.me/s/akkaiyn_police", "@akkaiyn_police"),
        ("https://telegram.me/akkaiyn_police?boost", "@akkaiyn_police"),
        ("https://t.me/c/1234567890/55", "-1001234567890"),
        ("https://web.telegram.org/a/#-1001234567890", "-1001234567890"),
        ("-1001234567890", "-1001234567890"),
    ],
)
def test_whatever_people_paste_names_the_chat(pasted, chat):
    assert chat_of(pasted) == chat


@pytest.mark.parametrize("pasted", ["https://t.me/+AbCdEf123", "t.me/joinchat/AAAA"])
def test_an_invitation_link_is_explained(pasted):
    with pytest.raises(Refused) as refused:
        chat_of(pasted)
    assert refused.value.reason == "invitation_link"


@pytest.mark.parametrize("pasted", ["", "полиция", "ab", "https://example.kz/x", "a b"])
def test_what_names_no_chat_is_explained(pasted):
    with pytest.raises(Refused) as refused:
        chat_of(pasted)
    assert refused.value.reason == "no_chat_address"
