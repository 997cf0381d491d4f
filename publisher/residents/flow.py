"""The conversation: what a person said → what we say. State stands in the Talk's row, so a restart loses nothing."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from publisher.connectors.base import Answer, Button, Choice, Said
from publisher.hotline import desk
from publisher.hotline.models import Consultation, Heard, Outcome, Source
from publisher.hotline.models import Verdict as CallVerdict
from publisher.hotline.patterns import catalogue
from publisher.measure import tracked
from publisher.people.audit import Actor
from publisher.people.models import District
from publisher.residents import copies, masking, proofs, questions, talks, words
from publisher.residents.models import Talk, Wording
from publisher.residents.rules import Judgement, Verdict, judge
from publisher.residents.sealing import digest

BOT = Actor("bot")
SHORT = 3  # words; what is shorter and has no sign is a greeting, not a case
LONGEST = 4000  # letters of a question
PLACES = words.MOST_NUMBERS  # districts or regions on one page: with the way to the next, WhatsApp's list holds ten


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of a person, and the talk it belongs to."""

    talk: Talk
    said: Said
    now: datetime

    def says(
        self, text: str, choices: tuple[Choice, ...] = (), buttons: tuple[Button, ...] = (), *, in_place: bool = False
    ) -> Answer:
        replaces = self.said.id if in_place and self.said.data else ""
        return Answer(text, choices, buttons, replaces, self.talk.language or "kk")

    def count(self, what: str) -> None:
        talks.count(self.talk.account, what, self.now)


def answer(turn: Turn) -> list[Answer]:
    """Changes the talk (the caller saves it). The language comes first: everything else is said in it."""
    talk, said = turn.talk, turn.said
    if said.data.startswith("lang:"):
        talk.language, talk.step = "ru" if said.data == "lang:ru" else "kk", ""
        with override(talk.language):
            return [turn.says(words.welcome(), words.menu(), words.call(talk.district))]
    if not talk.language or said.data == "language":
        return _before_language(turn)
    if said.data:
        name, _colon, rest = said.data.partition(":")
        return _PRESSED.get(name, _menu)(turn, rest)
    return _words(turn)


def _before_language(turn: Turn) -> list[Answer]:
    """Whoever begins with a post of ours, with their case, or with money that is gone, is not put off: both languages
    are said."""
    ask, text = turn.says(words.CHOOSE_LANGUAGE, words.LANGUAGES), turn.said.text.strip()
    if not text or text.startswith("/"):
        return [ask]
    if match := match_of(text, turn.now):  # a warning holds all the words that it warns of
        turn.count(f"post_{match.kind}")
        state = _state_of(match)
        return [turn.says(_in_both(lambda: words.genuine(match, state))), ask]
    judged, district = judge(text, settings.CONFIG.link_hosts), turn.talk.district
    if not (judged.money_left or judged.signs):
        return [ask]
    turn.talk.ticked = list(judged.shared)
    turn.count("emergency" if judged.money_left else str(judged.verdict))
    said = _in_both(lambda: words.emergency(district) if judged.money_left else words.verdict(judged, district))
    return [turn.says(said), ask]


def _in_both(say: Callable[[], str]) -> str:
    said = []
    for language in ("kk", "ru"):
        with override(language):
            said.append(say())
    return f"\n\n{'—' * 8}\n\n".join(said)


def _menu(turn: Turn, _rest: str) -> list[Answer]:
    turn.talk.step, turn.talk.ticked = "", []
    return [turn.says(words.welcome(), words.menu(), words.call(turn.talk.district))]


def _words(turn: Turn) -> list[Answer]:
    talk, text = turn.talk, turn.said.text.strip()
    command = text.split("@")[0].split()[0].lower() if text.startswith("/") else ""
    if command:
        return _COMMANDS.get(command, _menu)(turn, "")
    if not text:
        return [turn.says(_("I can only read words. Write what was said, or copy the text here."), (words.back(),))]
    if talk.step == "question":
        return _take_question(turn, text)
    return _real_words(turn, text) if talk.step == "real" else _check_words(turn, text)


def _check_words(turn: Turn, text: str) -> list[Answer]:
    """Free words: one of our posts, an emergency, or a case to judge."""
    known = _known_post(turn, text)
    if known:
        return known
    judged = judge(text, settings.CONFIG.link_hosts)
    if judged.money_left:
        turn.talk.ticked = list(judged.shared)
        return _emergency(turn, "")
    if not judged.signs and len(text.split()) <= SHORT:
        return _menu(turn, "")
    turn.talk.step, turn.talk.ticked = "", list(judged.shared)
    turn.count(str(judged.verdict))
    return [turn.says(words.verdict(judged, turn.talk.district), words.after_check(), words.call(turn.talk.district))]


def _known_post(turn: Turn, text: str) -> list[Answer]:
    match = match_of(text, turn.now)
    if match is None:
        return []
    turn.count(f"post_{match.kind}")
    said = words.genuine(match, _state_of(match))
    return [turn.says(said, words.after_check() if match.kind == "changed" else (words.back(),))]


def _state_of(match: copies.Match) -> str:
    shown = proofs.shown(match.code)
    return shown.state if shown else "current"


def match_of(text: str, now: datetime) -> copies.Match | None:
    """By the code it names, else by its words. A text with a code of ours and other words is a changed copy.

    Links that count who follows them are read as what they lead to.
    """
    text = tracked.restored(text)
    proofs.sign_due(now)  # what went out a moment ago is ours as well
    found = copies.find(
        text, _originals(Wording.objects.order_by("-pk").values_list("pk", flat=True).first() or 0, now)
    )
    code = copies.code_in(text)
    if found or not code or proofs.shown(code) is None:
        return found
    alone = len(text.split()) <= 2
    return copies.Match("code" if alone else "changed", code)


def _originals(newest: int, now: datetime) -> list[copies.Original]:
    """Read again when a wording was signed, and every hour."""
    hour = f"{now:%Y%m%d%H}"
    if _ORIGINALS.get("key") != (newest, hour):
        _ORIGINALS.update(key=(newest, hour), rows=copies.ours(now))
    rows: list[copies.Original] = _ORIGINALS["rows"]  # type: ignore[assignment]
    return rows


_ORIGINALS: dict[str, object] = {}


def forget_originals() -> None:
    _ORIGINALS.clear()


def _check(turn: Turn, _rest: str) -> list[Answer]:
    turn.talk.step, turn.talk.ticked = "", []
    choices = (Choice(_("Tick what I noticed"), "signs:0"), words.back())
    return [turn.says(words.how_to_check(), choices)]


def _signs(turn: Turn, rest: str) -> list[Answer]:
    text, choices = words.tick(turn.talk.ticked, int(rest) if rest.isdigit() else 0)
    return [turn.says(text, choices, in_place=True)]


def _tick(turn: Turn, rest: str) -> list[Answer]:
    key, _colon, page = rest.partition(":")
    if key in catalogue().signs:
        ticked = turn.talk.ticked
        turn.talk.ticked = [one for one in ticked if one != key] if key in ticked else [*ticked, key]
    return _signs(turn, page)


def _judge_ticked(turn: Turn, _rest: str) -> list[Answer]:
    ticked = turn.talk.ticked
    found = "likely" if catalogue().is_fraud(ticked) else "unclear" if ticked else "harmless"
    turn.count(found)
    text = words.ticked_verdict(ticked, turn.talk.district)
    return [turn.says(text, words.after_check(), words.call(turn.talk.district))]


def _emergency(turn: Turn, _rest: str) -> list[Answer]:
    turn.talk.step = ""
    turn.count("emergency")
    choices = (Choice(_("Ask the duty officer"), "ask"), Choice(_("Tell of a fraud"), "report:lost"), words.back())
    return [turn.says(words.emergency(turn.talk.district), choices, words.call(turn.talk.district))]


def _hotline(turn: Turn, rest: str) -> list[Answer]:
    """Asks for the district when there are several; `rest` is its key, and what it was asked for."""
    key, _colon, then = rest.partition(":")
    chosen = District.objects.filter(pk=key).first() if key else None
    if chosen:
        turn.talk.district = chosen
    if then:
        return _PRESSED.get(then, _menu)(turn, "")
    if not turn.talk.district or not chosen:
        return _which_district(turn, "") if District.objects.count() > 1 else [_number(turn)]
    return [_number(turn)]


def _number(turn: Turn) -> Answer:
    text = _("The hotline: %(hotline)s. In danger: %(number)s.") % {
        "hotline": words.hotline(turn.talk.district),
        "number": words.EMERGENCY,
    }
    return turn.says(text, (words.back(),), words.call(turn.talk.district))


def _which_district(turn: Turn, rest: str) -> list[Answer]:
    """`rest`: what it was asked for, the region that was chosen, the page."""
    then, region, page = [*rest.split(":"), "", ""][:3]
    rows = _places(then, region)
    pages = -(-len(rows) // PLACES)
    at = int(page) % pages if page.isdecimal() and pages else 0
    choices = rows[at * PLACES : (at + 1) * PLACES]
    if pages > 1:
        after = (at + 1) % pages
        choices.append(Choice(f"→ {after + 1} / {pages}", f"place:{then}:{region}:{after}"))
    again = turn.said.data.startswith("place:")
    return [turn.says(_("Which district do you live in?"), tuple(choices), in_place=again)]


def _places(then: str, region: str) -> list[Choice]:
    """The districts; of many, their regions first, and the districts of none beside them."""
    rows = list(District.objects.filter(region=region) if region else District.objects.select_related("region"))
    regions = list(dict.fromkeys(row.region for row in rows if row.region))
    first = regions if not region and len(rows) > PLACES and len(regions) > 1 else []
    alone = [row for row in rows if row.region not in first]
    return [
        *(Choice(str(one), f"place:{then}:{one.pk}") for one in first),
        *(Choice(str(row), f"hotline:{row.pk}:{then}".rstrip(":")) for row in alone),
    ]


def _ask(turn: Turn, _rest: str) -> list[Answer]:
    if turn.talk.district is None:
        return _which_district(turn, "ask")
    turn.talk.step = "question"
    text = _(
        "Write your question in one message. A duty officer reads it and answers here, as a rule within %(hours)s "
        "hours. Do not write names, phone or card numbers: they are hidden. If it is urgent, call: %(hotline)s."
    )
    values = {"hours": settings.CONFIG.residents.late_hours, "hotline": words.hotline(turn.talk.district)}
    return [turn.says(text % values, (words.back(),), words.call(turn.talk.district))]


def _take_question(turn: Turn, text: str) -> list[Answer]:
    judged = judge(text, settings.CONFIG.link_hosts)
    questions.ask(turn.talk, masking.masked(text[:LONGEST]), judged, turn.now)
    turn.talk.step = ""
    turn.count("question")
    said = _("Passed on. The answer comes here. If it is urgent, call: %(hotline)s.")
    taken = turn.says(said % {"hotline": words.hotline(turn.talk.district)}, (words.back(),))
    if judged.money_left:
        return [*_emergency(turn, ""), taken]
    if judged.verdict != Verdict.LIKELY:
        return [taken]
    return [turn.says(words.verdict(judged, turn.talk.district)), taken]


def _report(turn: Turn, rest: str) -> list[Answer]:
    """First what happened, then the signs (those of the last check are there already)."""
    talk = turn.talk
    if talk.district is None:
        return _which_district(turn, "report")
    if rest in ("near_miss", "loss", "lost"):
        return _save_report(turn, Outcome.NEAR_MISS if rest == "near_miss" else Outcome.LOSS, told=rest == "lost")
    choices = (
        Choice(_("I did not fall for it"), "report:near_miss"),
        Choice(_("Money is gone"), "report:loss"),
        Choice(_("Tick what I noticed"), "signs:0"),
        words.back(),
    )
    text = _("Thank you: your word warns others. What happened? Names and numbers are not asked for.")
    return [turn.says(text, choices)]


def _save_report(turn: Turn, outcome: Outcome, *, told: bool) -> list[Answer]:
    """A consultation like those of the desk, without anything about the person. `told`: they know what to do now."""
    talk = turn.talk
    assert talk.district is not None
    uid = _uid_of(turn, outcome)
    if not Consultation.objects.filter(uid=uid).exists():
        desk.save(_reported(turn, outcome, uid), talk.district, BOT, source=Source.BOT)
        turn.talk.ticked = []
        turn.count("report")
    said = _("Written down. It is no statement to the police: for that call %(number)s or come to the department.")
    thanks = turn.says(said % {"number": words.EMERGENCY}, (words.back(),), words.call(talk.district))
    return [*_emergency(turn, ""), thanks] if outcome == Outcome.LOSS and not told else [thanks]


def _uid_of(turn: Turn, outcome: Outcome) -> uuid.UUID:
    """The same button pressed again while its answer is on its way is the same report."""
    press = f"{turn.said.chat}/{turn.said.id}/{outcome}/{turn.now:%Y%m%d}"
    return uuid.UUID(hex=digest(turn.talk.account, "report", press)[:32])


def _reported(turn: Turn, outcome: Outcome, uid: uuid.UUID) -> desk.Call:
    ticked = turn.talk.ticked
    found = words.pattern_of(ticked)
    fraud = outcome == Outcome.LOSS or catalogue().is_fraud(ticked)
    return desk.Call(
        uid=uid,
        at=turn.now,
        language="ru" if turn.talk.language == "ru" else "kk",
        pattern=found.key if found else "",
        signs=tuple(ticked),
        verdict=CallVerdict.FRAUD if fraud else CallVerdict.UNCLEAR,
        heard=Heard.BOT,
        outcome=outcome,
    )


def _real(turn: Turn, _rest: str) -> list[Answer]:
    turn.talk.step = "real"
    text = _("Forward the post here, or write its code: six letters and digits below the post.")
    return [turn.says(text, (words.back(),))]


def _real_words(turn: Turn, text: str) -> list[Answer]:
    turn.talk.step = ""
    known = _known_post(turn, text)
    if known:
        return known
    turn.count("post_unknown")
    judged: Judgement = judge(text, settings.CONFIG.link_hosts)
    said = [words.not_ours(turn.talk.district)]
    if judged.verdict != Verdict.HARMLESS:
        said.append(words.verdict(judged, turn.talk.district))
    turn.talk.ticked = list(judged.shared)
    return [turn.says("\n\n".join(said), words.after_check(), words.call(turn.talk.district))]


def _follow(turn: Turn, _rest: str) -> list[Answer]:
    return [turn.says(words.follow(), (words.back(),))]


def _delete(turn: Turn, rest: str) -> list[Answer]:
    """`rest` "yes": words go at once, and the talk itself when this answer was sent (replying.py)."""
    if rest == "yes":
        talks.empty(turn.talk)
        return [turn.says(_("Everything that was kept of this talk is deleted. Write again whenever you want."))]
    text = _("Delete everything that is kept of this talk? Questions that wait lose their answer.")
    return [turn.says(text, (Choice(_("Yes, delete"), "delete:yes"), words.back()))]


def _data(turn: Turn, _rest: str) -> list[Answer]:
    """What is kept of this person, told to themselves: every word there is, and until when."""
    until = turn.now + timedelta(days=settings.CONFIG.residents.keep_days)
    return [turn.says(words.kept(turn.talk, questions.kept_of(turn.talk), until), (words.back(), words.delete()))]


Step = Callable[[Turn, str], list[Answer]]
_PRESSED: dict[str, Step] = {
    "menu": _menu,
    "check": _check,
    "signs": _signs,
    "tick": _tick,
    "judge": _judge_ticked,
    "lost": _emergency,
    "hotline": _hotline,
    "place": _which_district,
    "ask": _ask,
    "report": _report,
    "real": _real,
    "follow": _follow,
    "delete": _delete,
    "data": _data,
}
_COMMANDS: dict[str, Step] = {
    "/start": _menu,
    "/help": _menu,
    "/check": _check,
    "/call": _hotline,
    "/ask": _ask,
    "/report": _report,
    "/real": _real,
    "/delete": _delete,
    "/data": _data,
}
