from __future__ import annotations

import re

import pytest
from babel.messages.pofile import read_po
from django.urls import reverse

from publisher.console.context import ENTRIES
from publisher.console.guide import FOLDER, guide
from publisher.console.hints import HINTS
from publisher.people.models import Role
from publisher.urls import urlpatterns

ROOT = FOLDER.parents[2]
STATIC = FOLDER.parent / "static/console/help"


@pytest.mark.parametrize("entry", [entry for entry in ENTRIES if entry.name != "help"], ids=lambda entry: entry.name)
def test_every_page_of_the_menu_says_what_it_is_for(entry):
    assert HINTS[entry.name]


def test_no_hint_is_for_a_page_that_is_not_there():
    assert set(HINTS) <= {pattern.name for pattern in urlpatterns}


def test_the_hint_stands_folded_on_the_page(browser, district):
    assert 'class="page-hint"' in browser.get(reverse("today")).content.decode()


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_the_guide_is_there_in_every_language_with_its_pictures(language):
    shown = guide(language)
    pictures = re.findall(r'src="/static/console/help/([\w-]+\.\w+)" alt="([^"]+)"', shown)
    assert len(pictures) == 5
    for name, words in pictures:
        assert (STATIC / name).exists()
        assert words
    assert shown.count("<h2>") == 5


@pytest.mark.parametrize("language", ["kk", "ru"])
def test_the_guide_calls_buttons_as_they_are_called(language):
    """What it puts into quotation marks stands on some button or heading in that language."""
    text = (FOLDER / f"{language}.md").read_text(encoding="utf-8")
    quoted = {" ".join(words.replace("*", "").split()) for words in re.findall("«([^»]+)»", text)}
    with (ROOT / f"publisher/locale/{language}/LC_MESSAGES/django.po").open("rb") as file:
        said = {message.string for message in read_po(file, locale=language) if isinstance(message.string, str)}
    assert quoted - said == set()


def test_only_who_looks_after_the_program_is_offered_to_remove_the_samples(log_in, person, district):
    offered = [
        reverse("samples") in log_in(person(role)).get(reverse("help")).content.decode()
        for role in (Role.ADMIN, Role.OFFICER)
    ]
    assert offered == [True, False]
