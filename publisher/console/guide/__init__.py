"""The first week's guide: one Markdown file a language, with the pictures that tools/screenshots.py takes."""

from __future__ import annotations

import functools
from pathlib import Path

from django.templatetags.static import static
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

FOLDER = Path(__file__).parent
PICTURES = "../static/console/help/"  # so that they show in a repository's browser too


@functools.cache
def guide(language: str) -> SafeString:
    """Our own files, with raw HTML off; headings begin at the second level, below the page's own."""
    text = (FOLDER / f"{language}.md").read_text(encoding="utf-8")
    body = text.partition("\n")[2].replace(PICTURES, static("console/help/"))
    return mark_safe(MarkdownIt("commonmark", {"html": False}).render(body))
