from __future__ import annotations

import pytest

from publisher.compose.links import allowed
from publisher.compose.markup import links, to_plain

HOSTS = ("gov.kz", "egov.kz", "t.me")


@pytest.mark.parametrize(
    "url", ["https://egov.kz", "https://EGOV.kz/x", "https://stat.gov.kz", "https://egov.kz.:443/"]
)
def test_the_listed_sites_and_what_is_below_them_are_allowed(url):
    assert allowed(url, HOSTS)


@pytest.mark.parametrize(
    "url",
    [
        "http://egov.kz",
        "https://myegov.kz",
        "https://egov.kz.evil.com",
        "https://egov.kz@evil.com",
        "https://evil.com\\@egov.kz",
        "https://еgov.kz",  # a Cyrillic е
        "egov.kz",
        "tel:102",
        "javascript:alert(1)",
        "https://",
        "https://[egov.kz",
        "",
    ],
)
def test_everything_else_is_not(url):
    assert not allowed(url, HOSTS)


@pytest.mark.parametrize(
    ("markdown", "found"),
    [
        ("[a](https://egov.kz) **https://t.me/x**.", ["https://egov.kz", "https://t.me/x"]),
        ("<https://egov.kz> https://egov.kz", ["https://egov.kz"]),
        ("[a](javascript:x) [b](tel:102)", ["javascript:x", "tel:102"]),
        ("http://kaspi.com/x)", ["http://kaspi.com/x"]),
        ("сайт kaspi-bonus.com, WWW.halyk.kz/a.", ["https://WWW.halyk.kz/a", "https://kaspi-bonus.com"]),
        ("![x](https://evil.com/a.png)", ["https://evil.com/a.png"]),
        ("қаз.қаз/бет", ["https://қаз.қаз/бет"]),
    ],
)
def test_every_place_a_text_leads_to_is_found(markdown, found):
    assert links(markdown) == found


@pytest.mark.parametrize(
    "markdown", ["және т.б. 2.5 ... AnyDesk.apk", "жазыңыз: info@polisia.kz", "аяқталды.Енді", "`evil.com`"]
)
def test_what_messengers_make_no_link_of_is_none(markdown):
    assert links(markdown) == []


def test_an_address_in_brackets_keeps_its_own_brackets():
    assert links("(см. https://egov.kz/a_(b))") == ["https://egov.kz/a_(b)"]


def test_plain_text_names_the_address_of_a_link_once():
    assert to_plain("**[Портал](https://egov.kz)**, https://egov.kz\n\n- `x`") == (
        "Портал (https://egov.kz), https://egov.kz\n\n• x"
    )
