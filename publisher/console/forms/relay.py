"""What relays type in, and what officers type in about them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from publisher.console.access import districts_of
from publisher.console.forms import Dressed
from publisher.console.forms.channel import LANGUAGES
from publisher.console.moments import spoken
from publisher.people.models import District, User


class CountForm(Dressed, forms.Form):
    members = forms.IntegerField(
        min_value=0, max_value=5000, required=False, widget=forms.NumberInput({"inputmode": "numeric"})
    )


class RelayForm(Dressed, forms.Form):
    name = forms.CharField(label=_("Name"), max_length=120)
    language = forms.ChoiceField(label=_("Language"), choices=LANGUAGES, initial="kk")
    email = forms.EmailField(
        label=_("E-mail"), required=False, help_text=_("For those who do not use Telegram. Links come there.")
    )
    district = forms.ModelChoiceField(District.objects.none(), label=_("District"), empty_label=None)

    def __init__(self, data: Any, user: User) -> None:
        super().__init__(data)
        field = self.fields["district"]
        field.queryset = districts_of(user)
        field.label_from_instance = lambda district: district.name(spoken())
