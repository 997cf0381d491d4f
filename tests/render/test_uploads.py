"""What people upload, as telephones and strangers make it."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from publisher.render.uploads import accept

pytestmark = pytest.mark.django_db


def test_a_telephones_jpeg_with_further_pictures_behind_it_is_a_jpeg(tmp_path: Path):
    first, second = (Image.new("RGB", (64, 48), colour) for colour in ("red", "blue"))
    first.save(tmp_path / "a.jpg", "MPO", save_all=True, append_images=[second])
    upload = accept(tmp_path / "a.jpg", "IMG_0001.JPG")
    assert (upload.kind, upload.mime, upload.width, upload.height) == ("photo", "image/jpeg", 64, 48)
