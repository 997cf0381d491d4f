from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import translation

from publisher.console.names import shown


@pytest.mark.parametrize(
    ("name", "kk", "ru"),
    [
        ("publisher", "бағдарлама", "программа"),
        ("publisher (weekly)", "«weekly» жоспары", "план «weekly»"),
        ("root (command line)", "root (командалық жол)", "root (командная строка)"),
        ("Айгүл (Смирново)", "Айгүл (Смирново)", "Айгүл (Смирново)"),
    ],
)
def test_the_programs_own_names_are_shown_in_the_readers_language(name, kk, ru):
    for language, expected in (("kk", kk), ("ru", ru)):
        with translation.override(language):
            assert shown(name) == expected


def test_a_post_made_by_a_plan_names_the_plan(browser, in_review):
    post = in_review()
    post.author, post.author_name = None, "publisher (weekly)"
    post.save()
    for page in (reverse("posts"), reverse("post", args=[post.pk])):
        shown_page = browser.get(page).content.decode()
        assert "the plan “weekly”" in shown_page
        assert "publisher (weekly)" not in shown_page
