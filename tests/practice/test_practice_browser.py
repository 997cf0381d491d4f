"""A browser looks at a chat: it stays fresh by itself, and a playing film plays on."""

from __future__ import annotations

import shutil
import subprocess

import imageio_ffmpeg
import pytest
from playwright.async_api import async_playwright

from publisher.practice import acts

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [pytest.mark.e2e, pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium")]


@pytest.fixture
def film(tmp_path) -> bytes:
    """Twenty seconds that Debian's Chromium can play (H.264)."""
    path = tmp_path / "film.mp4"
    source = ["-f", "lavfi", "-i", "testsrc2=s=160x90:d=20:r=5"]
    coding = ["-c:v", "libx264", "-pix_fmt", "yuv420p", "-preset", "ultrafast"]
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", *source, *coding, str(path)], check=True)
    return path.read_bytes()


@pytest.fixture
async def page():
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        found = await browser.new_page(viewport={"width": 390, "height": 844}, locale="kk-KZ")
        found.troubles = []
        found.on("console", lambda said: found.troubles.append(said.text) if said.type == "error" else None)
        found.on("pageerror", lambda error: found.troubles.append(str(error)))
        yield found
        await browser.close()


async def test_new_messages_and_counts_come_by_themselves_while_a_film_plays_on(practice, bot, channel, page, film):
    sent = await bot.send_video(channel, film, caption="Бейне", width=160, height=90, duration=20)
    await page.goto(f"{practice.base_url}/practice/chats/{channel}")
    video = page.locator("video")
    await video.evaluate("film => { film.muted = true; film.marked = true; return film.play(); }")
    message = practice.world.messages.get(channel, sent.message_id)
    acts.reacted(practice.world, acts.viewed(practice.world, message, views=4321), {"👍": 12})
    await bot.send_message(channel, "Жаңа хабарлама")
    await page.get_by_text("Жаңа хабарлама").wait_for(timeout=8000)
    await page.get_by_text("4.32K").wait_for(timeout=8000)
    assert await video.evaluate("film => film.marked && !film.paused && film.currentTime > 0")
    await bot.delete_message(channel, sent.message_id + 1)
    await page.get_by_text("Жаңа хабарлама").wait_for(state="detached", timeout=8000)
    assert page.troubles == []


async def test_on_a_phone_the_list_leads_to_a_chat_and_back(practice, bot, channel, page):
    await bot.send_message(channel, "Сәлем, ауылдастар")
    await page.goto(f"{practice.base_url}/practice/")
    await page.locator("nav.list a").first.click()
    await page.get_by_text("Сәлем, ауылдастар").wait_for()
    assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    await page.locator("a.back").click()
    await page.get_by_role("heading", name="Жаттығу чаттары").wait_for()
    assert page.troubles == []
