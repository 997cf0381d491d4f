"""The words of a card, clip, leaflet or poster, in Kazakh and Russian side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from publisher.console.access import districts_of
from publisher.console.branding import shapes
from publisher.console.forms import Dressed
from publisher.console.moments import spoken
from publisher.hotline.models import Okrug
from publisher.people.models import District, User
from publisher.render.drawings import DRAWN, TONGUES
from publisher.render.leaflets import read_sheets
from publisher.render.scripts import unknown_variables
from publisher.sentences import say

KINDS = (*DRAWN, "leaflet", "poster")
LONGEST = 600  # letters of a part: far more than any of them has room for
PAPERS = {
    "a6": _("A6, the smallest"),
    "a5": "A5",
    "a4x4": _("A4 with four to cut"),
    "poster": "A3",
    "poster-a4": "A4",
}


@dataclass(frozen=True, slots=True)
class Part:
    """`most` above 1: so many texts, each on a line of its own."""

    name: str
    label: Any
    most: int = 1
    optional: bool = False


HEADLINE = Part("headline", _("Headline"))
TAG = Part("tag", _("Small words in the corner"), optional=True)
STEPS = Part("steps", _("What to do"), most=5)
STEPS_TITLE = Part("steps_title", _("Heading over it"))
PARTS: dict[str, tuple[Part, ...]] = {
    "card": (HEADLINE, Part("lines", _("Lines below the headline"), most=7, optional=True), TAG),
    "clip": (
        HEADLINE,
        Part("caller", _("Who is calling, as the telephone shows it")),
        Part("phrases", _("What the caller says"), most=4),
        Part("verdict", _("What to think of it")),
        STEPS,
        Part("message", _("Above the number on the last picture")),
    ),
    "leaflet": (
        HEADLINE,
        Part("says", _("What the caller says"), most=4, optional=True),
        Part("says_title", _("Heading over what the caller says"), optional=True),
        STEPS,
        STEPS_TITLE,
        Part("message", _("Beside the number")),
        Part("note", _("Small print"), optional=True),
        TAG,
    ),
    "poster": (HEADLINE, STEPS, STEPS_TITLE, Part("message", _("Beside the code"))),
}


class DrawingForm(Dressed, forms.Form):
    """A language whose fields are all empty is left out; paper needs both."""

    district = forms.ModelChoiceField(District.objects.none(), label=_("District"), empty_label=None)
    format = forms.ChoiceField(label=_("Shape"))
    okrug = forms.ModelChoiceField(Okrug.objects.none(), label=_("Rural okrug"), required=False, empty_label="—")
    address = forms.URLField(
        label=_("Address behind the code"),
        required=False,
        max_length=200,
        assume_scheme="https",
        help_text=_("Left empty: the district's channel, else its number."),
    )

    def __init__(self, data: Any, kind: str, user: User, initial: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, initial=dict(initial or {}))
        self.kind, self.parts = kind, PARTS[kind]
        for language in TONGUES:
            self.fields |= {f"{language}_{part.name}": _field(language, part) for part in self.parts}
        self.fields["district"].queryset = districts_of(user)
        self.fields["district"].label_from_instance = lambda place: f"{place.name(spoken())} · {place.hotline}"
        if kind in DRAWN:
            self.fields["format"].choices = shapes()
            del self.fields["okrug"], self.fields["address"]
        else:
            self._ask_for_paper(user)

    def _ask_for_paper(self, user: User) -> None:
        wanted = {"poster": ("poster",), "leaflet": ("face", "four")}[self.kind]
        names = [name for name, sheet in read_sheets(settings.HOME.media).sheets.items() if sheet.kind in wanted]
        self.fields["format"].label = _("Paper")
        self.fields["format"].choices = [(name, PAPERS.get(name, name)) for name in names]
        okrugs = Okrug.objects.filter(district__in=districts_of(user), listed=True).select_related("district")
        self.fields["okrug"].queryset = okrugs
        self.fields["okrug"].label_from_instance = lambda okrug: okrug.name_ru if spoken() == "ru" else okrug.name_kk

    @property
    def languages(self) -> Iterator[tuple[str, list[forms.BoundField]]]:
        for language in TONGUES:
            yield language, [self[f"{language}_{part.name}"] for part in self.parts]

    def begun(self) -> list[str]:
        """The languages somebody wrote in; of paper always both."""
        return [code for code in TONGUES if self.kind not in DRAWN or any(self._said(code).values())]

    def words(self, *, lacking: str = "") -> dict[str, dict[str, Any]]:
        """By language; with `lacking` in the place of what must stand there and does not yet."""
        return {code: {p.name: self._value(p, said[p.name], lacking) for p in self.parts} for code, said in self._all()}

    def _all(self) -> list[tuple[str, dict[str, str]]]:
        return [(code, self._said(code)) for code in self.begun()]

    def _said(self, language: str) -> dict[str, str]:
        return {part.name: self.cleaned_data.get(f"{language}_{part.name}", "") for part in self.parts}

    def _value(self, part: Part, text: str, lacking: str) -> str | list[str]:
        text = text or ("" if part.optional else lacking)
        return [row for line in text.splitlines() if (row := " ".join(line.split()))] if part.most > 1 else text

    def clean(self) -> dict[str, Any]:
        if not self.begun():
            raise forms.ValidationError(_("Write the words in Kazakh, in Russian, or in both."))
        for code, said in self._all():
            for part in self.parts:
                for words in self._flaws(part, said[part.name]):
                    self.add_error(f"{code}_{part.name}", words)
        okrug, district = self.cleaned_data.get("okrug"), self.cleaned_data.get("district")
        if okrug and district and okrug.district_id != district.pk:
            self.add_error("okrug", _("This okrug belongs to another district."))
        return self.cleaned_data

    def _flaws(self, part: Part, text: str) -> Iterator[str]:
        if not text and not part.optional:
            yield gettext("Something must stand here.")
        if part.most > 1 and len(self._value(part, text, "")) > part.most:
            yield gettext("At most %(count)s lines.") % {"count": part.most}
        known = gettext("Known are {hotline} and {district}.")
        for name in unknown_variables(text):
            yield f"{say('unknown_variable', {'name': name}).what} {known}"


def _field(language: str, part: Part) -> forms.CharField:
    dress = {"class": "form-control", "lang": language, "autocomplete": "off"}
    one, many = forms.TextInput(dress), forms.Textarea(dress | {"rows": 4})
    return forms.CharField(
        label=part.label,
        required=False,  # asked for in clean(), for a language that was begun
        max_length=LONGEST,
        widget=many if part.most > 1 else one,
        help_text=_("Each on a line of its own.") if part.most > 1 else "",
    )
