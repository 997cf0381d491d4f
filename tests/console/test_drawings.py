from __future__ import annotations

import base64
import io
import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.urls import reverse
from PIL import Image

from publisher.compose.models import Post
from publisher.people.audit import SYSTEM
from publisher.people.models import Role
from publisher.render import orders
from publisher.render.models import JobState, RenderJob, RenderOrder
from publisher.render.scripts import read_script

WORDS = {
    "kk_headline": "Код сұраса — алаяқ",
    "kk_lines": "Код айтпаңыз\n\n  {hotline} нөміріне  қоңырау шалыңыз ",
    "ru_headline": "Просят код — мошенник",
}
LEAFLET = {
    f"{code}_{name}": text
    for code in ("kk", "ru")
    for name, text in {
        "headline": "«Код» 123",
        "steps": "1\n2",
        "steps_title": "…",
        "message": "12",
    }.items()
}


@pytest.fixture(autouse=True)
def _own_renditions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "RENDITIONS", settings.HOME.folder(f"renditions/{tmp_path.name}"))


def card(district, **changes: str) -> dict[str, str]:
    return {"district": district.pk, "format": "1:1", **WORDS, **changes}


def looked(browser, kind: str, said: dict[str, Any]) -> str:
    return browser.post(reverse("drawing_look", args=[kind]), said).content.decode()


def pictures(shown: str) -> list[Image.Image]:
    return [Image.open(io.BytesIO(base64.b64decode(found))) for found in re.findall(r"base64,([^\"]+)", shown)]


@pytest.fixture
def made(browser, district) -> RenderOrder:
    browser.post(reverse("drawing", args=["card"]), card(district))
    return RenderOrder.objects.get()


def test_the_look_is_drawn_for_each_language_that_somebody_wrote_in(browser, district):
    both = pictures(looked(browser, "card", card(district)))
    assert [picture.size for picture in both] == [(720, 720)] * 2
    assert len(pictures(looked(browser, "card", card(district, ru_headline="")))) == 1


def test_before_a_word_is_written_the_page_says_where_the_picture_will_be(browser, district):
    shown = looked(browser, "card", {"district": district.pk, "format": "1:1"})
    assert "It appears here as you write." in shown


def test_half_a_clip_has_a_look_already(browser, district):
    said = {"district": district.pk, "format": "9:16", "ru_headline": "Прежде чем платить"}
    assert len(pictures(looked(browser, "clip", said))) == 1


def test_too_long_is_told_with_the_language_and_by_how_much(browser, district):
    shown = looked(browser, "card", card(district, ru_headline="очень длинный заголовок " * 10))
    assert "Русский." in shown
    assert re.search(r"239 letters, about 1\d\d too many", shown)
    assert len(pictures(shown)) == 1


@pytest.mark.parametrize("kind", ["leaflet", "poster"])
def test_paper_is_shown_page_by_page_and_downloaded_as_pdf(browser, district, kind):
    said = {"district": district.pk, "format": "a6" if kind == "leaflet" else "poster-a4", **LEAFLET}
    assert len(pictures(looked(browser, kind, said))) == (2 if kind == "leaflet" else 1)
    reply = browser.post(reverse("drawing", args=[kind]), said)
    assert reply.headers["Content-Type"] == "application/pdf"
    assert reply.content.startswith(b"%PDF-")
    assert district.pk in reply.headers["Content-Disposition"]


def test_an_address_too_long_for_a_code_is_refused_in_words(browser, district):
    said = {"district": district.pk, "format": "a6", "address": "https://t.me/" + "ж" * 150, **LEAFLET}
    reply = browser.post(reverse("drawing", args=["leaflet"]), said)
    assert reply.status_code == 400


def test_a_card_is_made_at_once_in_both_languages(browser, made, district):
    assert dict(made.jobs.values_list("language", "state")) == {"kk": JobState.DONE, "ru": JobState.DONE}
    assert made.words["kk"]["lines"] == ["Код айтпаңыз", "{hotline} нөміріне қоңырау шалыңыз"]
    shown = browser.get(reverse("drawn", args=[made.pk])).content.decode()
    for job in made.jobs.all():
        assert f'href="{reverse("upload", args=[job.result.sha256])}" download=' in shown
        assert browser.get(reverse("upload", args=[job.result.sha256])).headers["Content-Type"] == "image/jpeg"


def test_a_clip_waits_for_the_studio_and_can_be_stopped_and_taken_up_again(browser, district):
    said = read_script("safe-account").ru.model_dump()
    fields = {f"ru_{name}": text if isinstance(text, str) else "\n".join(text) for name, text in said.items()}
    browser.post(reverse("drawing", args=["clip"]), {"district": district.pk, "format": "9:16", **fields})
    job = RenderJob.objects.get()
    assert (job.state, job.language, job.order.format) == (JobState.QUEUED, "ru", "9:16")
    page = reverse("drawn", args=[job.order_id])
    assert 'hx-trigger="every 2s"' in browser.get(page).content.decode()
    browser.post(reverse("drawn_stop", args=[job.order_id]))
    assert RenderJob.objects.get().state == JobState.CANCELLED
    browser.post(reverse("drawn_again", args=[job.order_id]))
    assert RenderJob.objects.get().state == JobState.QUEUED


def test_what_does_not_fit_is_said_at_its_field_and_nothing_is_made(browser, district):
    reply = browser.post(reverse("drawing", args=["card"]), card(district, kk_headline="сөз " * 100))
    assert reply.status_code == 400
    assert "too many" in reply.context["form"].errors["kk_headline"][0]
    assert not RenderOrder.objects.exists()


@pytest.mark.parametrize(
    ("change", "field", "why"),
    [
        ({"kk_headline": ""}, "kk_headline", "Something must stand here."),
        ({"kk_lines": "а\n" * 8}, "kk_lines", "At most 7 lines."),
        ({"kk_headline": "{hotlnie}"}, "kk_headline", "{hotlnie}"),
        ({"kk_headline": "Назар 🚨"}, "kk_headline", "🚨"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(browser, district, change, field, why):
    reply = browser.post(reverse("drawing", args=["card"]), card(district, **change))
    assert why in str(reply.context["form"].errors.get(field) or reply.context["form"].non_field_errors())


def test_nothing_at_all_is_refused(browser, district):
    reply = browser.post(reverse("drawing", args=["card"]), {"district": district.pk, "format": "1:1"})
    assert "Write the words in Kazakh, in Russian, or in both." in reply.content.decode()


HOSTILE = [
    "<script>alert(1)</script> {{ 7 }} {% x %}",
    '#import "/brand/brand.yaml" $x$ `panic(1)`',
    "\u202e\u2066 обратно",
    "«««» » \\n %(found)s %s",
    "a" * 599,
    "a\x00b",
]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("kind", ["card", "leaflet"])
def test_hostile_words_are_drawn_as_words_or_refused(browser, district, text, kind):
    said = card(district) if kind == "card" else {"district": district.pk, "format": "a5", **LEAFLET}
    said |= {"kk_headline": text, "ru_headline": text}
    shown = looked(browser, kind, said)
    assert "<script>alert" not in shown
    assert pictures(shown) or "alert-warning" in shown or "empty-state" in shown
    if kind == "leaflet":
        assert browser.post(reverse("drawing", args=[kind]), said).status_code in (200, 400)


def test_ready_words_and_earlier_ones_fill_the_form(browser, made):
    page = reverse("drawing", args=["card"])
    assert "«Қауіпсіз шот» деген болмайды" in browser.get(page, {"from": "safe-account"}).content.decode()
    assert "Просят код — мошенник" in browser.get(page, {"order": made.pk}).content.decode()
    assert browser.get(page, {"from": "../brand/brand", "order": "²", "post": "٣"}).status_code == 200


def test_a_new_draft_has_the_picture_and_the_words_of_each_language(browser, made, district):
    reply = browser.post(reverse("drawn_use", args=[made.pk]))
    post = Post.objects.get()
    assert reply.headers["Location"] == reverse("edit", args=[post.pk])
    assert [row.language for row in post.media.all()] == ["kk", "ru"]
    assert post.versions.get(language="kk").body.startswith("**Код сұраса — алаяқ**\n\nКод айтпаңыз")
    assert post.district == district


def test_a_draft_that_the_person_came_from_keeps_what_it_has(browser, draft, district):
    post = draft()
    reply = browser.post(reverse("drawing", args=["card"]), card(district, post=str(post.pk)))
    assert reply.headers["Location"].endswith(f"?post={post.pk}")
    order = RenderOrder.objects.get()
    assert f'value="{post.pk}" selected' in browser.get(reply.headers["Location"]).content.decode()
    for _twice in range(2):
        browser.post(reverse("drawn_use", args=[order.pk]), {"post": post.pk})
    assert post.media.count() == 2
    assert Post.objects.count() == 1


def test_only_drafts_of_ones_own_district_take_it(browser, made, in_review, draft, other_district):
    reviewed, elsewhere = in_review(), draft(title="Басқа")
    Post.objects.filter(pk=elsewhere.pk).update(district=other_district)
    for post in (reviewed, elsewhere):
        assert browser.post(reverse("drawn_use", args=[made.pk]), {"post": post.pk}).status_code == 404


def test_another_districts_drawings_do_not_exist(log_in, person, made, other_district):
    local = log_in(person(Role.OFFICER, of=other_district))
    assert local.get(reverse("drawn", args=[made.pk])).status_code == 404
    for name in ("drawn_use", "drawn_stop", "drawn_again"):
        assert local.post(reverse(name, args=[made.pk])).status_code == 404
    shown = local.get(reverse("drawing", args=["card"]), {"order": made.pk}).content.decode()
    assert "Просят код" not in shown


def test_another_districts_number_cannot_be_drawn(browser, other_district):
    assert pictures(looked(browser, "card", card(other_district))) == []
    assert browser.post(reverse("drawing", args=["card"]), card(other_district)).status_code == 400


def test_whoever_may_not_write_makes_nothing(log_in, person, district):
    chief = log_in(person(Role.CHIEF))
    assert chief.get(reverse("drawings")).status_code == 403
    assert chief.post(reverse("drawing", args=["card"]), card(district)).status_code == 403


def test_films_for_many_districts_stand_apart_from_cards(log_in, person, made):
    boss = log_in(person(Role.ADMIN, of=None))
    assert made.name not in boss.get(reverse("studio")).content.decode()
    assert boss.get(reverse("studio_order", args=[made.pk])).status_code == 404


def test_a_card_has_the_districts_number_of_its_day(browser, district):
    district.hotline = "3-33-33"
    district.save()
    order = orders.draw("card", {"kk": {"headline": "Код", "lines": []}}, district, "1:1", SYSTEM)
    from publisher.render.queue import job_of

    assert job_of(order.jobs.get()).spec.hotline == "3-33-33"  # type: ignore[union-attr]
