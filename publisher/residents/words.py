"""What the bot says: plain, short, polite, with its limits; no advice about money, nobody asked who they are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from publisher.compose.message import NAMES
from publisher.connectors.base import Button, Choice
from publisher.deliver.models import Channel
from publisher.hotline.patterns import ENOUGH, Pattern, catalogue
from publisher.people.models import District
from publisher.residents.copies import Match
from publisher.residents.models import Talk
from publisher.residents.proofs import address
from publisher.residents.rules import Judgement, Verdict

CHOOSE_LANGUAGE = "Тілді таңдаңыз · Выберите язык"
LANGUAGES = (Choice("Қазақша", "lang:kk"), Choice("Русский", "lang:ru"))
EMERGENCY = "102"
SIGNS_SHOWN = 6
MOST_NUMBERS = 9  # districts that are named in one message
PAGE = 7  # signs on one page: with the buttons below, WhatsApp's list has room for ten


def hotline(district: District | None) -> str:
    """The district's number, or all of them by name; too many to be read, or for one message, the one for everybody."""
    if district:
        return district.hotline
    rows = list(District.objects.all()[: MOST_NUMBERS + 1])
    return "; ".join(f"{one}: {one.hotline}" for one in rows) if len(rows) <= MOST_NUMBERS else EMERGENCY


def welcome() -> str:
    return "\n\n".join(
        [
            _("This is the bot of the police. It tells whether a call or a message looks like fraud."),
            _("Forward the message here, or write in your own words what you were told. Or choose below."),
            _("Do not write names, phone or card numbers, or personal numbers: they are not needed."),
        ]
    )


def menu() -> tuple[Choice, ...]:
    return (
        Choice(_("Is this fraud?"), "check"),
        Choice(_("I have sent money or told a code"), "lost"),
        Choice(_("Ask the duty officer"), "ask"),
        Choice(_("Tell of a fraud"), "report"),
        Choice(_("Is this post from the police?"), "real"),
        Choice(_("Hotline of my district"), "hotline"),
        Choice(_("Where to read warnings"), "follow"),
        Choice("Қазақша / Русский", "language"),
    )


def back() -> Choice:
    return Choice(_("To the beginning"), "menu")


def emergency(district: District | None) -> str:
    """First of all what stops the money; nothing is asked."""
    return "\n".join(
        [
            _("Act now, minutes count:"),
            _("1. Call your bank at once (the number on the card) and ask to stop the transfer and block the card."),
            _("2. Call %(number)s and say that it is fraud.") % {"number": EMERGENCY},
            _("3. Call the hotline: %(hotline)s.") % {"hotline": hotline(district)},
            _("4. Talk to the caller no more, transfer nothing else. Keep messages and receipts: they are evidence."),
            _("If you told a code of eGov, change its password; if you installed a program, switch the phone off."),
        ]
    )


def verdict(judged: Judgement, district: District | None) -> str:
    """The verdict, the signs behind it, what to do, and what it cannot know."""
    harmless = judged.verdict == Verdict.HARMLESS  # single words that weigh nothing are no signs to be told
    parts = [_HEADS[judged.verdict](), "" if harmless else _signs(judged.shared), _strange(judged.links)]
    parts += [_careful() if harmless else _advice(judged.shared), _limits(district)]
    return "\n\n".join(part for part in parts if part)


def ticked_verdict(signs: Sequence[str], district: District | None) -> str:
    known = catalogue()
    weight = known.weight(signs)
    found = Verdict.LIKELY if known.is_fraud(signs) else Verdict.UNCLEAR if weight else Verdict.HARMLESS
    parts = [_HEADS[found](), _signs(signs), _advice(signs) if weight else _careful(), _limits(district)]
    return "\n\n".join(part for part in parts if part)


_HEADS = {
    Verdict.LIKELY: lambda: _("⛔ This looks like fraud."),
    Verdict.UNCLEAR: lambda: _("⚠️ Not clear: it may be fraud."),
    Verdict.HARMLESS: lambda: _("No signs of fraud were found in these words."),
}


def _signs(keys: Sequence[str]) -> str:
    known = catalogue().signs
    names = [f"• {known[key].name}" for key in keys if key in known][:SIGNS_SHOWN]
    return "\n".join([_("Signs:"), *names]) if names else ""


def _strange(links: Sequence[str]) -> str:
    if not links:
        return ""
    return _("The address %(hosts)s is none of a known office: do not open it, enter nothing there.") % {
        "hosts": ", ".join(host.replace(".", " . ") for host in links)
    }


def pattern_of(signs: Sequence[str]) -> Pattern | None:
    """The ruse that the signs fit best, when they fit one well. Of equal ones, that whose first signs they are."""
    matches = catalogue().matches(signs)
    if not matches or matches[0].weight < ENOUGH:
        return None
    best = [
        match.pattern for match in matches if (match.weight, match.besides) == (matches[0].weight, matches[0].besides)
    ]
    return min(best, key=lambda pattern: sum(pattern.signs.index(key) for key in signs if key in pattern.signs))


def _advice(signs: Sequence[str]) -> str:
    found = pattern_of(signs)
    lines = found.advice.of(_language()) if found else (_careful(),)
    return "\n".join([_("What to do:"), *(f"• {line}" for line in lines)])


def _careful() -> str:
    return _(
        "Tell nobody a code from an SMS, do not move money at somebody's word. In doubt hang up and call yourself, by "
        "the number that you know."
    )


def _limits(district: District | None) -> str:
    return _("This is said by a program, by words alone: it can be wrong. The duty officer says more: %(hotline)s.") % {
        "hotline": hotline(district)
    }


def _language() -> str:
    return get_language() or "kk"


def after_check() -> tuple[Choice, ...]:
    return (
        Choice(_("I have sent money or told a code"), "lost"),
        Choice(_("Ask the duty officer"), "ask"),
        Choice(_("Tell of a fraud"), "report"),
        back(),
    )


def call(district: District | None) -> tuple[Button, ...]:
    """A page with the number to tap, as messengers take no telephone links. Only where our address is a real one."""
    base = settings.CONFIG.site.public_url.rstrip("/")
    if not base.startswith("https://"):
        return ()
    place = f"/call/{district.pk}/" if district else "/call/"
    return (Button(_("Call the hotline"), f"{base}{place}"),)


def how_to_check() -> str:
    return _("Forward the message here or write what you were told. Or tick what you noticed.")


def tick(ticked: Sequence[str], page: int) -> tuple[str, tuple[Choice, ...]]:
    """A page of signs; what is ticked is marked."""
    signs = catalogue().signs
    keys = list(signs)[page * PAGE : (page + 1) * PAGE]
    choices = [Choice(f"{'✅ ' if key in ticked else ''}{signs[key].name}", f"tick:{key}:{page}") for key in keys]
    pages = -(-len(signs) // PAGE)
    if pages > 1:
        choices.append(Choice(_("More signs"), f"signs:{(page + 1) % pages}"))
    choices.append(Choice(_("What does it mean?"), "judge"))
    choices.append(back())
    text = _("Tick everything that you noticed, then press “What does it mean?”.")
    named = [f"✅ {signs[key].name}" for key in ticked if key in signs]
    return "\n".join([text, *named]), tuple(choices)


def genuine(match: Match, state: str) -> str:
    """What became of a forwarded text of ours, or of one that looks like ours."""
    link = _("The original: %(address)s (code %(code)s)") % {"address": address(match.code), "code": match.code}
    said = [_kind(match), _changed(match), _became(match, state), link]
    if state == "withdrawn":  # before the good news that the words are ours
        said = [_became(match, state), *said[:2], link]
    return "\n\n".join(part for part in said if part)


def _kind(match: Match) -> str:
    if match.kind == "same":
        return _("✅ This is our post, word for word.")
    if match.kind == "code":
        return _("There is a post of ours with this code. Compare the words there, and open no other address.")
    if match.kind == "part":
        return _("✅ These are words of our post; the rest of it is missing.")
    return _("⛔ This is NOT our post as it was: somebody changed the words.")


def _changed(match: Match) -> str:
    lines = []
    for change in match.changes:
        if change.ours and change.theirs:
            lines.append(_("• ours: “%(ours)s”, here: “%(theirs)s”") % {"ours": change.ours, "theirs": change.theirs})
        elif change.theirs:
            lines.append(_("• added: “%(theirs)s”") % {"theirs": change.theirs})
        else:
            lines.append(_("• left out: “%(ours)s”") % {"ours": change.ours})
    return "\n".join([_("What differs:"), *lines]) if lines else ""


def _became(match: Match, state: str) -> str:
    if state == "withdrawn":
        return _("⚠️ We have withdrawn this post: do not go by it any more.")
    if match.earlier:
        return _("It was corrected since: read the present wording.")
    return _("Its time is over: it was true until its last day.") if state == "expired" else ""


def not_ours(district: District | None) -> str:
    return _(
        "There is no such text among our posts of the last year. That proves nothing by itself: it may be an office's "
        "of another place. If it asks for money, codes or data in the name of the police, it is fraud. "
        "Ask: %(hotline)s."
    ) % {"hotline": hotline(district)}


def kept(talk: Talk, asked: Sequence[tuple[datetime, str, str]], until: datetime) -> str:
    """For the person themselves: what stands in our database about them."""
    zone = talk.district.zone if talk.district else None
    lines = [
        _("This is all that is kept of you:"),
        _("• this chat's number, encrypted, so that answers reach you;"),
        _("• your language and district: %(language)s, %(district)s;")
        % {"language": NAMES.get(talk.language, talk.language), "district": talk.district or "—"},
        _("• questions you asked the duty officer: %(number)s.") % {"number": len(asked)},
    ]
    for at, question, answer in asked:
        lines.append(f"  {at.astimezone(zone):%d.%m.%Y}: {question[:300]}" + (f" → {answer[:300]}" if answer else ""))
    lines.append(_("It goes by itself on %(day)s if you write nothing more.") % {"day": f"{until:%d.%m.%Y}"})
    return "\n".join(lines)[:3900]


def delete() -> Choice:
    return Choice(_("Delete my data"), "delete")


def follow() -> str:
    """Our public channels, by their own addresses."""
    rows = Channel.objects.filter(off_reason="").exclude(url="").order_by("district__key", "key")[:10]
    if not rows:
        return _("Our channels have no public address here yet. Ask for them at the hotline: %(hotline)s.") % {
            "hotline": hotline(None)
        }
    return "\n".join([_("Here we warn of new ruses:"), *(f"• {row}: {row.url}" for row in rows)])
