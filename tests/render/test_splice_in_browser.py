from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest

from publisher.render.layouts import Moment
from publisher.render.splice.variants import render_variants
from tests.render.specimens import film_of, make

CHROMIUM = Path("/usr/bin/chromium")
PLAY = """async moments => {
  const film = document.querySelector("video");
  const once = name => new Promise((done, fail) => {
    film.addEventListener(name, done, {once: true});
    film.addEventListener("error", () => fail(film.error.message), {once: true});
  });
  if (film.readyState < 3) await once("canplay");
  const seen = [];
  for (const moment of moments) {
    const there = once("seeked");
    film.currentTime = moment;
    await there;
    seen.push(film.currentTime);
  }
  const over = once("ended");
  film.playbackRate = 4;
  await film.play();
  await over;
  return [seen, film.duration, film.error];
}"""


@pytest.mark.e2e
@pytest.mark.skipif(not CHROMIUM.exists(), reason="no browser here")
@pytest.mark.parametrize("bar", ["slides", "stays"])
def test_a_browser_seeks_across_the_joints_and_plays_to_the_end(
    bar: Literal["slides", "stays"], films: Path, tmp_path: Path
):
    from playwright.sync_api import sync_playwright

    tone = ("-f", "lavfi", "-i", "sine=440:d=6", "-c:a", "aac")
    source = make(films / "seek.mp4", "-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=6", *tone, "-pix_fmt", "yuv420p")
    spec = film_of(source, bar=bar, bar_moments=(Moment(at=1, seconds=2),))
    made = render_variants(source, [spec, replace(spec, hotline="2-15-66")], out_dir=tmp_path)
    page_file = tmp_path / "page.html"
    page_file.write_text(f'<video muted src="{made[1].path.name}"></video>')
    moments = [0.92, 0.96, 3.04, 5.6, 6.0, 9.5, 0.2, 8]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(page_file.as_uri())
        seen, length, error = page.evaluate(PLAY, moments)
        browser.close()
    assert made[1].notes == ()
    assert seen == pytest.approx(moments, abs=0.001)
    assert (length, error) == (pytest.approx(10, abs=0.05), None)
