"""What posts were about: the ruses of content/patterns, by the alarm they answer or the template they came from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

from publisher.compose.models import Post
from publisher.hotline.models import Alarm
from publisher.hotline.patterns import Catalogue, catalogue

LANGUAGES = ("kk", "ru", "en")


class Topics:
    """For the posts of a period. A template may warn of several ruses; the first one names the post."""

    def __init__(self, posts: Iterable[int]) -> None:
        self._posts = list(posts)

    @cached_property
    def catalogue(self) -> Catalogue:
        return catalogue()

    @cached_property
    def alarms(self) -> Mapping[int, str]:
        rows = Alarm.objects.exclude(post=None).order_by("-id").values_list("post", "pattern")
        return dict(rows)

    @cached_property
    def by_template(self) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, tuple[str, ...]] = {}
        for pattern in self.catalogue.patterns.values():
            for slug in pattern.templates:
                found[slug] = (*found.get(slug, ()), pattern.key)
        return found

    def of(self, post: int, template: str) -> tuple[str, ...]:
        alarm = self.alarms.get(post)
        others = tuple(key for key in self.by_template.get(template, ()) if key != alarm)
        return (alarm, *others) if alarm else others

    @cached_property
    def posts(self) -> Mapping[int, tuple[str, str, tuple[str, ...]]]:
        """Kind, template and topics of every post."""
        found = {}
        for n in range(0, len(self._posts), 5_000):
            rows = Post.objects.filter(pk__in=self._posts[n : n + 5_000]).order_by()
            for pk, kind, template in rows.values_list("pk", "kind", "template_slug"):
                found[pk] = (kind, template, self.of(pk, template))
        return found

    def titles(self, key: str) -> Mapping[str, str]:
        """A ruse that is gone from the files keeps its key for a name."""
        pattern = self.catalogue.patterns.get(key)
        return {code: pattern.name.of(code) if pattern else key for code in LANGUAGES}
