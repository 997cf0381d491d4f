"""Words that everybody here would try first: no password may be made of them."""

from __future__ import annotations

import re
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

# Besides these: the words of the site's name, the districts' names and keys, and their hotlines.
OURS = {"police", "polisia", "polisiya", "полиция", "publisher", "awareness", "hotline", "password", "құпиясөз"}
SHORT = 4  # letters; shorter words say nothing


class NotOurWords:
    """Refuses what consists of such words, digits and signs alone; a password that only holds such a word is fine."""

    def validate(self, password: str, user: Any = None) -> None:
        rest = password.casefold()
        for word in sorted(_words(), key=len, reverse=True):
            rest = rest.replace(word, "")
        if len(re.sub(r"[\W\d_]", "", rest)) < SHORT and rest != password.casefold():
            raise ValidationError(_("It is made of words that everybody here would try first."), code="our_words")

    def get_help_text(self) -> str:
        return _("Do not make it of the names of the department, its district or its hotline.")


def _words() -> set[str]:
    config = settings.CONFIG
    names = [config.site.name, *config.districts]
    for district in config.districts.values():
        names += [district.name.kk, district.name.ru, district.name.en, district.hotline.replace("-", "")]
    found = {word for name in names for word in re.findall(r"\w+", name.casefold()) if len(word) >= SHORT}
    return found | OURS
