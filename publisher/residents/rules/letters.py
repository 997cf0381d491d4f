"""One spelling for everything people type: Kazakh and Russian letters, Latin look-alikes, Latin spelling, doubles.

The lexicon goes through the same fold, so that "әіңғүұқөһ" and "аингууко" are one word, and "ы" is "и" everywhere.
"""

from __future__ import annotations

import re
from functools import lru_cache

_KAZAKH = str.maketrans("әғқңөұүһіёйыэщ", "агкноуухиеииеш")
_SILENT = str.maketrans("", "", "ъь'’`ʼ")
_LOOK_ALIKES = str.maketrans("aceopxykmthbiuñ3046", "асеорхукмтнвиинзочб")
_LONG = (
    *(("shch", "щ"), ("sch", "щ"), ("sh", "ш"), ("ch", "ч"), ("zh", "ж"), ("kh", "х"), ("gh", "г"), ("ts", "ц")),
    *(("ya", "я"), ("yu", "ю"), ("yo", "е"), ("ye", "е"), ("ja", "я"), ("ju", "ю")),
)
_ONE = str.maketrans("abcdefghijklmnopqrstuvwyxz", "абсдефгхижклмнопкрстуввихз")
_DOUBLED = re.compile(r"([^\W\d])\1+")
_TOKEN = re.compile(r"[^\W_]+(?:['’ʼ-][^\W_]+)*")
_CYRILLIC, _LATIN = re.compile(r"[а-яёәғқңөұүһі]"), re.compile(r"[a-zñ]")
_ADDRESS = re.compile(r"(?:https?://)?((?:[a-z0-9-]+\.)+[a-z]{2,})(?:[/:?#]\S*)?", re.IGNORECASE)
INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")

Forms = tuple[str, ...]


def tokens(text: str) -> list[Forms]:
    """The words in order; a word in Latin letters has two forms: as it stands, and as Cyrillic would write it."""
    plain = INVISIBLE.sub("", text)
    return [_forms(word) for word in _TOKEN.findall(_ADDRESS.sub(_without_addresses, plain).lower())]


def addresses(text: str) -> list[str]:
    """Hosts of everything that looks like a web address, in small letters."""
    return [found.lower() for found in _ADDRESS.findall(INVISIBLE.sub("", text))]


def fold(word: str) -> str:
    return _DOUBLED.sub(r"\1", word.lower().translate(_SILENT).translate(_KAZAKH))


def _without_addresses(match: re.Match[str]) -> str:
    """A file's name is a word, too: apk tells more than the rest of it."""
    return f" {match[0].rsplit('.', 1)[-1]} " if match[1].lower().endswith(".apk") else " "


@lru_cache(maxsize=20_000)
def _forms(word: str) -> Forms:
    cyrillic, latin = _CYRILLIC.search(word), _LATIN.search(word)
    if cyrillic and (latin or any(sign.isdigit() for sign in word)):
        return (fold(word.translate(_LOOK_ALIKES)), fold(word))
    if latin:
        return (_DOUBLED.sub(r"\1", word), fold(_as_cyrillic(word)))
    return (fold(word),)


def _as_cyrillic(word: str) -> str:
    for latin, cyrillic in _LONG:
        word = word.replace(latin, cyrillic)
    return word.translate(_ONE)
