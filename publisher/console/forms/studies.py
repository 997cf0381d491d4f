"""A question about an effect, written down before its answer can be known."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from publisher.compose.refusal import Refusal
from publisher.console.access import districts_of
from publisher.console.forms import Dressed
from publisher.console.moments import spoken
from publisher.hotline.patterns import catalogue
from publisher.people.access import everywhere
from publisher.people.models import District, User
from publisher.report import studies
from publisher.report.models import Control, Study, StudyOf
from publisher.report.stats.its import AFTER, BEFORE

WEEK = timedelta(days=7)
BACK, AHEAD = 26, 52  # weeks that can be chosen for the start


class StudyForm(Dressed, forms.Form):
    title = forms.CharField(
        label=_("The question"),
        max_length=200,
        help_text=_("As a chief would ask it: “Did losses fall after the film?”"),
    )
    district = forms.ModelChoiceField(
        District.objects.none(), label=_("District"), required=False, empty_label=_("All districts")
    )
    outcome = forms.ChoiceField(label=_("What is counted each week"), choices=StudyOf.choices)
    pattern = forms.ChoiceField(label=_("Of which ruse"), required=False)
    starts = forms.TypedChoiceField(
        label=_("Week in which it starts"),
        coerce=date.fromisoformat,
        help_text=_("When the film, the leaflets or the campaign begins. A start that lies ahead proves more."),
    )
    lag_weeks = forms.TypedChoiceField(
        label=_("Weeks until it may show"),
        coerce=int,
        initial=0,
        choices=[(n, n) for n in range(studies.LONGEST_LAG + 1)],
        help_text=_("These weeks count neither as before nor as after."),
    )
    control = forms.ChoiceField(
        label=_("Compared with"),
        choices=Control.choices,
        required=False,
        help_text=_("Where nothing was done: if it changed there too, the reason is another one."),
    )

    def __init__(self, data: Any, user: User, today: date) -> None:
        super().__init__(data)
        field = self.fields["district"]
        field.queryset = districts_of(user)
        field.label_from_instance = lambda district: district.name(spoken())
        if not everywhere(user):
            field.required, field.empty_label, field.initial = True, None, user.district_id
        self.fields["pattern"].choices = [("", _("all of them")), *_ruses()]
        for name in ("outcome", "pattern", "control"):
            self.fields[name].choices = [(key, capfirst(str(words))) for key, words in self.fields[name].choices]
        self.fields["starts"].choices = _mondays(today)
        self.fields["starts"].initial = _monday(today + WEEK).isoformat()

    def clean_title(self) -> str:
        title = self.cleaned_data["title"].strip()
        if len(title.split()) < 2:
            raise forms.ValidationError(_("Write a whole question, so that it is understood in a year."))
        return title

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors:
            try:
                studies.check(self.study())
            except Refusal as refusal:
                self.add_error("control", str(refusal))
        return data

    def study(self) -> Study:
        """Not saved."""
        return Study(**self.cleaned_data)

    def said(self) -> list[tuple[str, str]]:
        """Everything that was chosen, as it is read once more before it stands for good."""
        data = self.cleaned_data
        words = {
            "title": data["title"],
            "district": data["district"].name(spoken()) if data["district"] else gettext("All districts"),
            "starts": data["starts"].strftime("%d.%m.%Y"),
            "lag_weeks": data["lag_weeks"],
            **{name: dict(self.fields[name].choices)[data[name]] for name in ("outcome", "pattern", "control")},
        }
        return [(str(self.fields[name].label), str(words[name])) for name in self.fields]


def needed() -> dict[str, int]:
    return {"before": BEFORE, "after": AFTER}


def _ruses() -> list[tuple[str, str]]:
    language = spoken()
    return [(one.key, one.name.of(language)) for one in catalogue().patterns.values()]


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _mondays(today: date) -> list[tuple[str, str]]:
    """Only Mondays, so that nobody has to know that a week begins with one."""
    first = _monday(today)
    days = [first + WEEK * n for n in range(AHEAD, -BACK - 1, -1)]
    begun = gettext("has begun already")
    return [(d.isoformat(), f"{d:%d.%m.%Y}" + (f" · {begun}" if d <= today else "")) for d in days]
