"""What a chief is asked to decide, from the figures alone; three at most, the most pressing first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from publisher.report.records import Trouble
from publisher.report.values import ENOUGH_KNOWN
from publisher.report.weekly_records import Ask, ChannelLine, Headline, Measured, Parity, Scheme

MOST = 3
TOLD = 2  # reports of a ruse nobody warned of, before a chief is asked about it


def asks(
    schemes: Sequence[Scheme],
    headline: Headline,
    measured: Measured,
    channels: Sequence[ChannelLine],
    parity: Parity,
    troubles: Sequence[Trouble],
    *,
    over: bool,
) -> tuple[Ask, ...]:
    found = [
        *_nothing(headline),
        *_missed(schemes),
        *_troubles(troubles),
        *_kazakh(parity),
        *(_silent(channels) if over else ()),  # while the week runs, its turn may still come
        *_unknown(headline, measured),
    ]
    return tuple(found[:MOST]) or (Ask("keep_on"),)


def _nothing(headline: Headline) -> Iterable[Ask]:
    if headline.views.now.reason == "nothing_sent" and headline.views.reason != "not_over":
        yield Ask("nothing_out")


def _missed(schemes: Sequence[Scheme]) -> Iterable[Ask]:
    missed = [s for s in schemes if s.state == "missed" and (s.calls.value or 0) >= TOLD]
    if missed:
        worst = missed[0]
        yield Ask("warn_about", {"pattern": worst.key, "titles": dict(worst.titles), "calls": worst.calls.value})


def _troubles(troubles: Sequence[Trouble]) -> Iterable[Ask]:
    open_ones = [trouble for trouble in troubles if trouble.state in ("unknown", "failed")]
    if open_ones:
        yield Ask("troubles", {"count": len(open_ones)})


def _kazakh(parity: Parity) -> Iterable[Ask]:
    if parity.only_ru:
        yield Ask("kazakh", {"posts": parity.only_ru})


def _silent(channels: Sequence[ChannelLine]) -> Iterable[Ask]:
    silent = tuple(line.title for line in channels if line.on and not line.messages)
    if silent and len(silent) < len(channels):
        yield Ask("silent_channels", {"channels": silent[:5], "count": len(silent)})


def _unknown(headline: Headline, measured: Measured) -> Iterable[Ask]:
    """Only what is past mending by waiting: messages that still grow are no reason to ask."""
    views = headline.views.now
    of, known = getattr(views, "of", 0), getattr(views, "known", 0) + getattr(views, "growing", 0)
    if of and known < ENOUGH_KNOWN * of:
        yield Ask("more_known", {"percent": round(100 * known / of), "channels": measured.missing[:5]})
