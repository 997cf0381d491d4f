"""How each figure is made, in a line: printed under the numbers, in every form and language."""

from __future__ import annotations

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

FORMULAS = {
    "views": (
        _("Views within 72 hours"),
        _("The reading nearest to publication + 72 h, at most 6 h away. “≥”: some are unknown, the rest is summed."),
    ),
    "usual": (
        _("Usual"),
        _("The median of the 8 complete weeks before. Above or below only outside Q1 − 1.5 × IQR … Q3 + 1.5 × IQR."),
    ),
    "views_7d": (
        _("Views within 7 days"),
        _("The reading nearest to publication + 7 days, at most 12 h away. “≥”: some are unknown, the rest is summed."),
    ),
    "usual_months": (
        _("Usual"),
        _(
            "The median of the 8 months before, each brought to this month's length. Above or below only outside "
            "Q1 − 1.5 × IQR … Q3 + 1.5 × IQR."
        ),
    ),
    "er": (
        "ER",
        _("(reactions + replies + forwards) ÷ views, sums over the messages where all of them are known."),
    ),
    "err": ("ERR", _("Median of views after 24 h ÷ followers: who looks, not who takes part.")),
    "forwarded": (_("Forwarded"), _("Forwards ÷ views, of messages where both are known.")),
    "ctr": ("CTR", _("Devices that opened a link of ours ÷ views of the messages that carried one.")),
    "growth": (_("Net change"), _("Followers at the end − at the start, each read within 24 h of midnight.")),
    "wilson": (_("95 % interval"), _("Wilson's interval: where the true share lies in 95 of 100 such periods.")),
    "poisson": (_("Per 100,000"), _("Count ÷ residents × 100,000, with the exact Poisson interval.")),
    "recognised": (
        _("Share recognised"),
        _("A ÷ (A + C): attempts that failed ÷ all attempts that were told to the hotline."),
    ),
    "people": (
        _("People who follow"),
        _("At least the followers of the largest channel, at most the residents or the sum of all channels."),
    ),
    "funnel": (
        _("Funnel"),
        _("Limits of chance around the level of all districts together, wider where few people live."),
    ),
    "its": (
        _("Before and after"),
        _("Quasi-Poisson with trend, season and residents; start and lag were written down before."),
    ),
    "against_usual": (
        _("× usual"),
        _("The post's views ÷ what messages of its channels usually get, so that no channel wins by its size."),
    ),
}


def formula(code: str) -> tuple[str, str]:
    """Some names are abbreviations, the same in every language; gettext gives those back."""
    name, text = FORMULAS[code]
    return gettext(name), gettext(text)
