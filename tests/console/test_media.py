from __future__ import annotations

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from publisher.compose import posts
from publisher.compose.models import PostMedia, Upload
from publisher.people.models import Role


def picture(name: str = "Сурет <b>.png", colour: str = "navy") -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(out, "PNG")
    return SimpleUploadedFile(name, out.getvalue(), content_type="text/html")


def add(client, post, file, **data):
    return client.post(reverse("media_add", args=[post.pk]), {"file": file, **data})


def whole(response) -> bytes:
    return b"".join(response.streaming_content)


def test_a_picture_is_attached_and_served_under_its_hash(browser, draft):
    post = draft()
    reply = add(browser, post, picture())
    upload = post.media.get().upload
    assert upload.kind == "photo"
    assert reply.headers["HX-Trigger-After-Settle"] == "refresh-preview"
    assert "<b>.png" not in reply.content.decode()
    served = browser.get(reverse("upload", args=[upload.sha256]))
    assert served.headers["Content-Type"] == "image/png"
    assert served.headers["X-Content-Type-Options"] == "nosniff"
    assert served.headers["Content-Disposition"] == f'inline; filename="{upload.sha256[:16]}.png"'
    assert "sandbox" in served.headers["Content-Security-Policy"]
    assert whole(served).startswith(b"\x89PNG")


@pytest.mark.parametrize(
    "file",
    [
        SimpleUploadedFile("x.png", b"<html><script>alert(1)</script>", content_type="image/png"),
        SimpleUploadedFile(
            "x.svg", b'<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>', content_type="image/svg+xml"
        ),
        SimpleUploadedFile("x.mp4", b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", content_type="video/mp4"),
        SimpleUploadedFile("x.jpg", b"", content_type="image/jpeg"),
    ],
)
def test_what_is_no_picture_or_film_is_refused_in_words(browser, draft, file):
    post = draft()
    shown = add(browser, post, file).content.decode()
    assert "alert-danger" in shown
    assert not post.media.exists()
    assert not Upload.objects.exists()


def test_a_form_without_a_file_says_so(browser, draft):
    reply = browser.post(reverse("media_add", args=[draft().pk]))
    assert "Choose a file" in reply.content.decode()


def test_a_file_is_given_to_one_language_and_taken_off(browser, draft):
    post = draft()
    add(browser, post, picture())
    row = post.media.get()
    browser.post(reverse("media_language", args=[post.pk, row.pk]), {"media_language": "ru"})
    row = post.media.get()
    assert row.language == "ru"
    assert browser.post(reverse("media_language", args=[post.pk, row.pk]), {"media_language": "xx"}).status_code == 400
    browser.post(reverse("media_remove", args=[post.pk, row.pk]))
    assert not post.media.exists()


def test_an_earlier_file_is_chosen_again(browser, draft):
    first, second = draft(), draft()
    add(browser, first, picture())
    upload = first.media.get().upload
    assert upload.sha256 in browser.get(reverse("media_earlier", args=[second.pk])).content.decode()
    browser.post(reverse("media_choose", args=[second.pk, upload.sha256]))
    assert second.media.get().upload == upload


def test_another_districts_files_are_out_of_reach(browser, draft, log_in, person, other_district):
    post = draft()
    add(browser, post, picture())
    sha256 = post.media.get().upload.sha256
    stranger = log_in(person(Role.ADMIN, of=other_district))
    assert stranger.get(reverse("upload", args=[sha256])).status_code == 404
    everywhere = log_in(person(Role.ADMIN, of=None))
    assert everywhere.get(reverse("upload", args=[sha256])).status_code == 200


def test_an_unsaved_text_survives_a_change_of_files(browser, draft):
    """The form counts from the digest after its own change of files, but not after somebody else's edit."""
    post = draft()
    seen = posts.digest_of(post)
    after = add(browser, post, picture(), seen=seen).content.decode()
    assert f'value="{posts.digest_of(post)}"' in after
    stale = add(browser, post, picture(colour="red"), seen="0" * 64).content.decode()
    assert f'value="{"0" * 64}"' in stale


def test_files_of_a_post_that_went_out_stay(browser, queued):
    post = queued()
    assert "cannot be changed" in add(browser, post, picture()).content.decode()
    assert not PostMedia.objects.exists()


def test_a_film_is_served_in_pieces(browser, draft, settings):
    post = draft()
    folder = settings.HOME.folder("uploads/ff")
    (folder / "film.mp4").write_bytes(bytes(range(256)) * 8192)
    upload = Upload.objects.create(
        sha256="f" * 64, path="uploads/ff/film.mp4", name="film", kind="video", mime="video/mp4", size=1
    )
    PostMedia.objects.create(post=post, upload=upload)
    address = reverse("upload", args=[upload.sha256])
    start = browser.get(address, headers={"Range": "bytes=0-"})
    assert start.status_code == 206
    assert start.headers["Content-Range"] == "bytes 0-1048575/2097152"
    few = browser.get(address, headers={"Range": "bytes=255-257"})
    assert few.content == b"\xff\x00\x01"
    assert browser.get(address, headers={"Range": "bytes=9999999-"}).status_code == 416
    assert browser.get(address, headers={"Range": "bytes=9-3"}).status_code == 416  # not the whole film at once


def test_a_type_that_is_not_ours_is_never_served(browser, draft, settings):
    post = draft()
    settings.HOME.folder("uploads/ff").joinpath("page.html").write_text("<script>")
    upload = Upload.objects.create(
        sha256="e" * 64, path="uploads/ff/page.html", name="x", kind="photo", mime="text/html", size=1
    )
    PostMedia.objects.create(post=post, upload=upload)
    assert browser.get(reverse("upload", args=[upload.sha256])).status_code == 404
