from __future__ import annotations

import ast
import importlib.util
import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from types import ModuleType

import pytest
from babel.messages.catalog import Message
from django import forms
from django.contrib.auth import forms as auth_forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.dateformat import format as date_format
from django.utils.formats import localize
from django.utils.translation import gettext, ngettext, override, pgettext

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = ("kk", "ru")
CYRILLIC = "А-Яа-яЁёӘәҒғҚқҢңӨөҰұҮүҺһІі"
KAZAKH_ONLY = re.compile("[ӘәҒғҚқҢңӨөҰұҮүҺһІі]")
PLACEHOLDER = re.compile(r"%\(\w+\)[sdr]|%[sd]|\{\w*\}|</?\w+[^>]*>")
# Names of interfaces, and a sign: the same in every language.
SAME_EVERYWHERE = {"Bot API", "Cloud API", "webhook", "≥ %(number)s"}
MONTHS = [
    *("қаңтар", "ақпан", "наурыз", "сәуір", "мамыр", "маусым"),
    *("шілде", "тамыз", "қыркүйек", "қазан", "қараша", "желтоқсан"),
]
DAYS = ["Дүйсенбі", "Сейсенбі", "Сәрсенбі", "Бейсенбі", "Жұма", "Сенбі", "Жексенбі"]
SHORT_DAYS = ["Дс", "Сс", "Ср", "Бс", "Жм", "Сб", "Жс"]
MONDAY = date(2026, 11, 23)


def _load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("messages_tool", ROOT / "tools/messages.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


TOOL = _load()


def entries(language: str) -> list[Message]:
    return [message for message in TOOL.load(language) if message.id]


def forms_of(message: Message) -> Iterator[tuple[str, str]]:
    """Each translated form beside the English one that has all its placeholders."""
    if isinstance(message.id, str):
        yield message.id, message.string
    else:
        yield from ((message.id[-1], text) for text in message.string)


def by_hand(message: Message) -> bool:
    return "by hand" in " ".join(message.user_comments)


def everything(language: str) -> list[str]:
    return [text for message in entries(language) for _, text in forms_of(message)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_visible_string_is_translated_and_compiled(language):
    assert TOOL.missing(language, TOOL.collect()) == []


def test_no_marked_string_hides_inside_another_call():
    """The collector does not see `gettext(words.get(key, _("x")))`; such a string would stay English unnoticed."""
    catalog = TOOL.collect()
    hidden = [
        f"{path.relative_to(ROOT)}:{line}: {text}"
        for path in TOOL.sources()
        if path.suffix == ".py"
        for line, text, context in _marked(path)
        if catalog.get(text, context) is None
    ]
    assert hidden == []


def _marked(path: Path) -> Iterator[tuple[int, str, str | None]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in TOOL.KEYWORDS:
            words = [argument.value for argument in node.args if isinstance(argument, ast.Constant)]
            if node.func.id.startswith("pgettext") and len(words) > 1:
                yield node.lineno, words[1], words[0]
            elif words and isinstance(words[0], str):
                yield node.lineno, words[0], None


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_keeps_every_placeholder(language):
    wrong = []
    for message in entries(language):
        for english, text in forms_of(message):
            wanted, found = set(PLACEHOLDER.findall(english)), set(PLACEHOLDER.findall(text))
            # Django's own sentences may be said without one of them, never with one more.
            if found - wanted or (wanted - found and not by_hand(message)):
                wrong.append((english, text))
    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_translation_is_the_english_text(language):
    same = {text for message in entries(language) for english, text in forms_of(message) if english == text}
    assert same <= SAME_EVERYWHERE


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_latin_letter_stands_inside_a_cyrillic_word(language):
    mixed = re.compile(rf"[{CYRILLIC}][A-Za-z]|[A-Za-z][{CYRILLIC}]")
    assert [text for text in everything(language) if mixed.search(PLACEHOLDER.sub(" ", text))] == []


def test_russian_holds_no_kazakh_letter():
    commands = re.compile(r"«[А-ЯӘІҢҒҮҰҚӨҺ]+»|қазақша, орысша")  # what is typed in Kazakh, or stands in a table's head
    assert [text for text in everything("ru") if KAZAKH_ONLY.search(commands.sub("", text))] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_ending_hangs_on_a_placeholder(language):
    hung = re.compile(rf"(?:%\(\w+\)[sd]|%[sd]|\{{\w+\}})»?(?:[-‑]?[{CYRILLIC}])")
    assert [text for text in everything(language) if hung.search(text)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_quotation_marks_are_guillemets(language):
    assert [text for text in everything(language) if re.search(r"[“”„]|(?<!=)\"", text)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sentence_stays_a_sentence(language):
    """The full stop, the colon or the question mark at the end says what it is; a label has none."""
    ends = ".?"
    odd = [
        (english, text)
        for message in entries(language)
        if not by_hand(message)
        for english, text in forms_of(message)
        if english[-1] in ends and text[-1] != english[-1]
    ]
    assert odd == []


@pytest.mark.parametrize("month", range(1, 13))
def test_a_kazakh_date_names_its_month(month):
    with override("kk"):
        assert localize(date(2026, month, 5)) == f"2026 ж. 5 {MONTHS[month - 1]}"
        assert date_format(date(2026, month, 5), "F") == MONTHS[month - 1].capitalize()
        assert MONTHS[month - 1].startswith(date_format(date(2026, month, 5), "M").lower())
        assert MONTHS[month - 1].startswith(date_format(date(2026, month, 5), "N").rstrip("."))


@pytest.mark.parametrize("number", range(7))
def test_a_kazakh_day_of_the_week_has_its_own_name(number):
    with override("kk"):
        assert date_format(MONDAY + timedelta(number), "l") == DAYS[number]
        assert date_format(MONDAY + timedelta(number), "D") == SHORT_DAYS[number]


@pytest.mark.parametrize("language", LANGUAGES)
def test_our_catalogue_wins_over_that_of_django(language):
    with override(language):
        for message in filter(by_hand, entries(language)):
            assert _spoken(message) == message.string, message.id


def _spoken(message: Message) -> str | tuple[str, ...]:
    if message.context:
        return pgettext(message.context, message.id)
    if isinstance(message.id, tuple):
        return tuple(ngettext(*message.id, number) for number in (1, 2, 5)[: len(message.string)])
    return gettext(message.id)


class Sample(forms.Form):
    empty = forms.CharField()
    long = forms.CharField(max_length=3)
    short = forms.CharField(min_length=30)
    whole = forms.IntegerField()
    small = forms.IntegerField(min_value=10)
    big = forms.IntegerField(max_value=1)
    day = forms.DateField()
    hour = forms.TimeField()
    moment = forms.DateTimeField()
    one = forms.ChoiceField(choices=[("1", "1")])
    several = forms.MultipleChoiceField(choices=[("1", "1")])
    address = forms.URLField(assume_scheme="https")
    post = forms.EmailField()
    file = forms.FileField()


WRONG = {
    "long": "1234", "short": "1", "whole": "1,5,", "small": "2", "big": "2", "day": "31.02", "hour": "25",
    "moment": "1", "one": "2", "several": ["2"], "address": "…", "post": "1",
}  # fmt: skip


def test_what_django_says_of_a_form_is_kazakh():
    with override("kk"):
        form = Sample(WRONG, {})
        assert form.errors.keys() == form.fields.keys()
        spoken = [words for errors in form.errors.values() for words in errors]
        assert [words for words in spoken if re.search("[A-Za-z]{2}", words)] == []


@pytest.mark.parametrize("password", ["1", "password", "123456789012", "aigerim2026"])
def test_what_django_says_of_a_password_is_kazakh(password):
    from publisher.people.models import User

    with override("kk"), pytest.raises(ValidationError) as refused:
        validate_password(password, User(username="aigerim2026", first_name="aigerim2026"))
    with override("kk"):
        assert [words for words in refused.value.messages if re.search("[A-Za-z]{2}", words)] == []


def test_the_log_in_is_kazakh(db, rf):
    with override("kk"):
        form = auth_forms.AuthenticationForm(rf.get("/"), {"username": "nobody", "password": "wrong"})
        assert [str(field.label) for field in form] == ["Логин", "Құпиясөз"]
        assert "Логин немесе құпиясөз дұрыс емес" in str(form.non_field_errors())
