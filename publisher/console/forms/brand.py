"""A district's own look: two colours, a logo, and the name that its films sign with."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from publisher.compose.refusal import Refusal
from publisher.console.forms import Dressed
from publisher.people.models import Brand, District
from publisher.render import brands, logos
from publisher.render.brands import Look

NAMES = ("kk", "ru", "en")
OF_REFUSALS = {"brand_accent": "accent"}


class BrandForm(Dressed, forms.Form):
    """`look` after it is valid. A refused colour brings the nearest good one along, as `better`."""

    night = forms.CharField(
        label=_("Background"),
        max_length=7,
        help_text=_("A dark colour: white text stands on it."),
        widget=forms.TextInput({"type": "color", "class": "form-control-color"}),
    )
    accent = forms.CharField(
        label=_("Accent"),
        max_length=7,
        help_text=_("A bright colour: the hotline's number stands on it, in the background's colour."),
        widget=forms.TextInput({"type": "color", "class": "form-control-color"}),
    )
    logo = forms.FileField(
        label=_("Logo"),
        required=False,
        help_text=_("PNG or JPEG, at least 128 pixels, at most 2 MB; best square, with a clear background."),
        widget=forms.FileInput({"accept": "image/png,image/jpeg"}),
    )
    no_logo = forms.BooleanField(label=_("Use the common logo"), required=False)
    name_kk = forms.CharField(label=_("Signed, in Kazakh"), max_length=120, required=False)
    name_ru = forms.CharField(label=_("Signed, in Russian"), max_length=120, required=False)
    name_en = forms.CharField(label=_("Signed, in English"), max_length=120, required=False)

    def __init__(self, data: Any, files: Any, district: District, usual: Look) -> None:
        self.known: Brand | None = brands.own(district)
        super().__init__(data, files, initial=self._shown(usual))
        self.look, self.better = usual, {}
        for code in NAMES:
            self.fields[f"name_{code}"].widget.attrs["placeholder"] = district.name(code)
        if not (self.known and self.known.logo):
            del self.fields["no_logo"]

    def _shown(self, usual: Look) -> dict[str, str]:
        if self.known is None:
            return {"night": usual.night.lower(), "accent": usual.accent.lower()}
        names = {f"name_{code}": getattr(self.known, f"name_{code}") for code in NAMES}
        return {"night": self.known.night.lower(), "accent": self.known.accent.lower(), **names}

    def clean_logo(self) -> bytes:
        """A PNG of our own making; what stood there before where nothing was chosen."""
        given: UploadedFile | None = self.cleaned_data["logo"]
        if given is None:
            return bytes(self.known.logo) if self.known else b""
        try:
            return logos.take_in(given.read(logos.MOST_BYTES + 1))
        except Refusal as refusal:
            raise forms.ValidationError(str(refusal)) from None

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if {"night", "accent"} <= data.keys():
            try:
                brands.check(data["night"], data["accent"])
            except Refusal as refusal:
                field = OF_REFUSALS.get(refusal.code, "night")
                self.add_error(field, str(refusal))
                if nearest := refusal.values.get("nearest"):
                    self.better[field] = str(nearest).lower()
        if not self.errors:
            self.look = Look(data["night"], data["accent"], b"" if data.get("no_logo") else data["logo"])
        return data

    @property
    def names(self) -> dict[str, str]:
        return {code: self.cleaned_data[f"name_{code}"] for code in NAMES}
