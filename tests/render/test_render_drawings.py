from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from PIL import Image

from publisher.compose.models import Upload
from publisher.people.audit import SYSTEM
from publisher.render import orders, queue
from publisher.render.drawings import job_of, look
from publisher.render.errors import TextDoesNotFit
from publisher.render.jobs import adopt
from publisher.render.models import JobState, RenderJob
from publisher.render.naming import name_of
from publisher.render.scripts import read_script
from publisher.render.studio import Studio, make_now
from publisher.render.tidy import tidy_up

CARD: dict[str, Any] = {"tag": "", "headline": "Код сұраса — алаяқ", "lines": ["Код айтпаңыз", "{hotline} теріңіз"]}
CARD_RU = {"tag": "", "headline": "Просят код — мошенник", "lines": []}


@pytest.fixture
def _quick(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "RENDITIONS", settings.HOME.folder(f"renditions/{tmp_path.name}"))


def test_a_look_is_the_picture_itself_only_smaller(district):
    shown = Image.open(io.BytesIO(look(job_of("card", CARD, "kk", district, "4:5"))))
    assert (shown.format, max(shown.size)) == ("JPEG", 720)
    assert abs(shown.width / shown.height - 4 / 5) < 0.01


def test_a_clips_look_shows_its_four_scenes(district):
    said = read_script("safe-account").kk.model_dump()
    lying, standing = (Image.open(io.BytesIO(look(job_of("clip", said, "kk", district, f)))) for f in ("16:9", "9:16"))
    assert abs(lying.width / lying.height - 16 / 9) < 0.02
    assert standing.width > 2 * standing.height


def test_the_districts_name_and_number_are_filled_in(district):
    spec = job_of("card", CARD, "kk", district, "1:1").spec
    assert spec.lines == ("Код айтпаңыз", f"{district.hotline} теріңіз")
    assert (spec.hotline, spec.district) == (district.hotline, district.name("kk"))


def test_what_would_not_fit_the_picture_does_not_fit_its_look(district):
    with pytest.raises(TextDoesNotFit) as caught:
        look(job_of("card", CARD | {"headline": "ұзақ мәтін " * 40}, "kk", district, "1:1"))
    assert int(caught.value.values["over"]) > 100


@pytest.mark.usefixtures("_quick")
def test_a_card_is_made_at_once_and_becomes_a_picture_to_send(district):
    order = orders.draw("card", {"kk": CARD}, district, "1:1", SYSTEM)
    make_now(order)
    made = order.jobs.get()
    assert (made.state, made.result.kind, made.result.mime, made.result.width) == ("done", "photo", "image/jpeg", 1080)
    assert made.result.name == f"Код сұраса — алаяқ · {district.name('kk')} · kk.jpg"


@pytest.mark.usefixtures("_quick")
def test_a_word_that_does_not_fit_fails_its_own_language_alone(district):
    wide = CARD_RU | {"headline": "достопримечательность" * 4}
    order = orders.draw("card", {"kk": CARD, "ru": wide}, district, "1:1", SYSTEM)
    make_now(order)
    assert dict(order.jobs.values_list("language", "state")) == {"kk": JobState.DONE, "ru": JobState.FAILED}
    assert order.jobs.get(language="ru").reason == "picture_word_too_long"


@pytest.mark.usefixtures("_quick")
def test_clips_of_other_words_are_never_taken_for_one_another(district):
    said = read_script("safe-account")
    words = {"kk": said.kk.model_dump(), "ru": said.ru.model_dump()}
    for _order in range(2):
        orders.draw("clip", words, district, "16:9", SYSTEM)

    def quick(jobs, **_given) -> None:
        (job,) = jobs
        folder = settings.RENDITIONS / "draft"
        folder.mkdir(exist_ok=True)
        (folder / "made.mp4").write_bytes(name_of(job).encode())
        about = {"file": "made.mp4", "mime": "video/mp4", "width": 64, "height": 36, "duration": 12.0}
        adopt(about, folder, settings.RENDITIONS, name_of(job))

    studio = Studio(make=quick)
    while not queue.is_idle():
        studio.step()
    assert set(RenderJob.objects.values_list("state", flat=True)) == {JobState.DONE}
    assert Upload.objects.filter(kind="video").count() == 2  # the same words are not made twice


@pytest.mark.usefixtures("_quick")
def test_a_card_that_a_post_shows_outlives_its_order(district):
    from publisher.compose import posts
    from publisher.compose.models import Kind

    order = orders.draw("card", {"kk": CARD}, district, "1:1", SYSTEM)
    make_now(order)
    post = posts.blank(Kind.NOTICE, "Карточка", district, SYSTEM)
    posts.set_media(post, [(order.jobs.get().result, "kk")], SYSTEM)
    type(order).objects.update(created_at="2020-01-01T00:00Z")
    Upload.objects.update(created_at="2020-01-01T00:00Z")
    tidy_up()
    assert not type(order).objects.exists()
    assert (settings.HOME.var / post.media.get().upload.path).is_file()
