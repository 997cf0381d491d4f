"""The gentle pace of a linked phone, as data with sources. WhatsApp documents none: this is what others got by with.

Gaps: WAHA's advice is 30-60 s by chance between messages. Quotas: ours, far below the five messages a minute that
whatsmeow's users call very risky, and beside the bans of group-only senders in January 2025 (WAHA 765) and the
restrictions of new numbers in 2026 (WAHA 1157, 1904). A number linked a moment ago starts with a tenth.
"""

from __future__ import annotations

from publisher.connectors.base import Rate, WarmUp

ADVICE = "https://waha.devlike.pro/docs/overview/how-to-avoid-blocking/"
RISKY = "https://github.com/tulir/whatsmeow/issues/506"
BANS = "https://github.com/devlikeapro/waha/issues/765"
NEW_NUMBERS = "https://github.com/devlikeapro/waha/issues/1157"
SOURCES = (ADVICE, RISKY, BANS, NEW_NUMBERS)

HOUR, DAY = 3600.0, 86_400.0
GAP = Rate("account", 1, 30, jitter=30)  # ADVICE: 30 to 60 s, by chance
RATES = (GAP, Rate("account", 30, HOUR, evenly=False), Rate("account", 150, DAY, evenly=False))  # RISKY, BANS


def _quota(hour: int, day: int) -> tuple[Rate, ...]:
    return (GAP, Rate("account", hour, HOUR, evenly=False), Rate("account", day, DAY, evenly=False))


WARM_UP = (
    WarmUp(3, _quota(6, 15), NEW_NUMBERS),
    WarmUp(7, _quota(12, 40), NEW_NUMBERS),
    WarmUp(14, _quota(20, 80), NEW_NUMBERS),
)
