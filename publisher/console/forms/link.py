"""Making a short link for paper."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from publisher.console.access import districts_of
from publisher.console.forms import Dressed
from publisher.console.moments import spoken
from publisher.people.models import District, User


class LinkForm(Dressed, forms.Form):
    label = forms.CharField(
        label=_("Where it will be"),
        max_length=120,
        help_text=_("For instance: leaflet, Smirnovo rural okrug. One link for each place tells which of them works."),
    )
    url = forms.URLField(
        label=_("Where it leads"),
        max_length=500,
        assume_scheme="https",
        help_text=_("For instance the channel's address, https://t.me/…"),
        widget=forms.URLInput({"autocapitalize": "none", "spellcheck": "false"}),
    )
    district = forms.ModelChoiceField(District.objects.none(), label=_("District"), empty_label=None)

    def __init__(self, data: Any, user: User) -> None:
        super().__init__(data)
        field = self.fields["district"]
        field.queryset = districts_of(user)
        field.label_from_instance = lambda district: district.name(spoken())
