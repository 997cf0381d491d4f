"""Where a text leads: every link in it, written or bare, and whether that place is allowed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from urllib.parse import urlsplit

from markdown_it.common.normalize_url import normalizeLink

from publisher.compose.markdown import WRITTEN_ADDRESS, Span, read, without_punctuation

# Messengers make links of bare domain names too. Every country's two letters, and the endings that swindlers like.
_ENDINGS = (
    "com|net|org|info|biz|name|mobi|pro|app|dev|site|online|website|store|shop|top|xyz|club|live|link|click|icu|vip"
    "|win|bet|bid|loan|work|space|fun|tech|cloud|digital|finance|money|cash|bank|credit|capital|trade|market|zip|mov"
    "|рф|рус|қаз|сайт|онлайн|[a-z]{2}"
)
_BARE = re.compile(rf"(?<![\w@.-])(?:[\w-]+\.)+(?:{_ENDINGS})(?![\w-])(?:[:/][^\s<>«»“”\"]*)?", re.IGNORECASE)


def links(markdown: str) -> list[str]:
    """Every place the text leads to, once, in order. Domain names in `code` are not links: messengers leave them."""
    found: list[str] = []
    for paragraph in read(markdown):
        found += [span.url for span in paragraph.spans if span.url]
        found += bare_links("".join(" " if "code" in s.marks or s.url else s.text for s in paragraph.spans))
    return list(dict.fromkeys(found))


def bare_links(text: str) -> Iterator[str]:
    """What a messenger would make a link of by itself, with https:// put before a bare name."""
    for written in WRITTEN_ADDRESS.findall(text):
        url = without_punctuation(written)
        yield f"https://{url}" if url.lower().startswith("www.") else url
    for bare in _BARE.findall(WRITTEN_ADDRESS.sub(" ", text)):
        yield f"https://{without_punctuation(bare)}"


def looks_like_link(text: str) -> bool:
    return next(bare_links(text), None) is not None


def is_https(url: str) -> bool:
    """A plain https address with a host and no user name in it (egov.kz@elsewhere.com leads elsewhere)."""
    try:
        parts = urlsplit(url)
        return parts.scheme == "https" and bool(parts.hostname) and "@" not in parts.netloc and "\\" not in url
    except ValueError:
        return False


def by_address(spans: Iterable[Span]) -> Iterator[tuple[str, list[Span], bool]]:
    """Spans with where they lead ("" when nowhere we show), and whether they are the bare address themselves."""
    for url, group in groupby(spans, key=lambda span: span.url if is_https(span.url) else ""):
        parts = list(group)
        label = "".join(part.text for part in parts)
        yield url, parts, bool(url) and (label == url or normalizeLink(label) == url)


def allowed(url: str, hosts: Iterable[str]) -> bool:
    """https to one of the hosts or below it. "gov.kz" allows stat.gov.kz and not mygov.kz."""
    if not is_https(url):
        return False
    host = (urlsplit(url).hostname or "").rstrip(".")
    return any(host == entry or host.endswith(f".{entry}") for entry in map(str.lower, hosts))
