"""The phone behind an account: the notice, its settings, linking, and which of its groups become channels."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from publisher.console.access import districts_of
from publisher.console.forms import Dressed
from publisher.console.forms.channel import LANGUAGES
from publisher.people.models import District, User

NUMBER = r"^\+?[\d\s()-]{8,20}$"
NOT_WHOLE = _("This is not the whole answer. Copy it again, from the first { to the last }.")


class NoticeForm(Dressed, forms.Form):
    read = forms.BooleanField(label=_("I have read this and switch it on for the department"))


class ChoiceForm(Dressed, forms.Form):
    fall_back = forms.BooleanField(
        label=_("While WhatsApp keeps the phone out, people post"),
        help_text=_("Only what certainly was not sent goes to them. Name them for its groups under “People who post”."),
        required=False,
    )
    in_use_long = forms.BooleanField(
        label=_("The number has been in daily use for months"),
        help_text=_("Without this tick a newly linked number keeps to far smaller quotas for two weeks."),
        required=False,
    )


class NumberForm(Dressed, forms.Form):
    number = forms.CharField(
        label=_("Or link with a code: the phone's own number"),
        max_length=20,
        validators=[RegexValidator(NUMBER, _("Write the number with its country, for instance +7 701 …"))],
        widget=forms.TextInput({"inputmode": "tel", "autocomplete": "off"}),
    )


class PasskeyForm(Dressed, forms.Form):
    """What the passkey signed, pasted in: the browser lets only WhatsApp's own page ask for it."""

    answer = forms.CharField(
        label=_("The answer"), max_length=20_000, widget=forms.Textarea({"rows": 3, "spellcheck": "false"})
    )

    def clean_answer(self) -> dict[str, Any]:
        try:
            found = json.loads(self.cleaned_data["answer"])
        except ValueError:
            raise ValidationError(NOT_WHOLE) from None
        if not isinstance(found, dict) or not {"id", "rawId", "type", "response"} <= found.keys():
            raise ValidationError(NOT_WHOLE)
        return found


class ImportForm(Dressed, forms.Form):
    place = forms.MultipleChoiceField(label=_("Groups and channels"), widget=forms.CheckboxSelectMultiple)
    languages = forms.MultipleChoiceField(
        label=_("Languages they get"), choices=LANGUAGES, initial=["kk", "ru"], widget=forms.CheckboxSelectMultiple
    )
    district = forms.ModelChoiceField(District.objects.none(), label=_("District"), empty_label=None)

    def __init__(self, data: Any, user: User, places: dict[str, str]) -> None:
        super().__init__(data)
        self.fields["district"].queryset = districts_of(user)
        self.fields["place"].choices = list(places.items())
