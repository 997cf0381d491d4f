"""Who is to get the weekly digest, where and when."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from publisher.console.access import districts_of
from publisher.console.forms import Dressed
from publisher.people.models import District, User
from publisher.report.digests_models import LANGUAGES, THURSDAY, Road, Subscription, Weekday

CHAT = re.compile(r"^(-?\d{5,20}|@[A-Za-z]\w{3,31})$")
HOURS = [(hour, f"{hour:02}:00") for hour in range(24)]


class DigestForm(Dressed, forms.Form):
    name = forms.CharField(label=_("Who"), max_length=120, help_text=_("Name and post, as your colleagues know them."))
    road = forms.ChoiceField(label=_("How"), choices=Road.choices, initial=Road.TELEGRAM)
    chat = forms.CharField(
        label=_("Telegram chat"),
        max_length=40,
        required=False,
        help_text=_("Leave it empty for one person: they open a link and the chat is found. A group: its number."),
    )
    email = forms.EmailField(label=_("E-mail"), required=False)
    district = forms.ModelChoiceField(
        District.objects.none(), label=_("Report of"), required=False, empty_label=_("All districts")
    )
    language = forms.ChoiceField(label=_("Language"), choices=LANGUAGES, initial="kk")
    weekday = forms.TypedChoiceField(
        label=_("Day"),
        choices=Weekday.choices,
        coerce=int,
        initial=THURSDAY,
        help_text=_("From Thursday on all views of the week before are 72 hours old."),
    )
    hour = forms.TypedChoiceField(label=_("Hour"), choices=HOURS, coerce=int, initial=9)
    least_known = forms.IntegerField(
        label=_("Warn below, % known"),
        min_value=1,
        max_value=100,
        initial=80,
        help_text=_("With less the digest says so before everything else."),
    )

    def __init__(self, data: Any, user: User) -> None:
        super().__init__(data)
        self.user = user
        field = self.fields["district"]
        field.queryset = districts_of(user)
        if user.district_id:
            field.required, field.empty_label, field.initial = True, None, user.district_id
        elif user.region_id:
            field.empty_label = _("The whole region")

    def clean_chat(self) -> str:
        chat = self.cleaned_data["chat"].strip()
        if chat and not CHAT.match(chat):
            raise forms.ValidationError(_("Write the chat's number, or @name of a public group."))
        return chat

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("road") == Road.EMAIL and not data.get("email") and "email" not in self.errors:
            self.add_error("email", _("Write the address to which the digest is sent."))
        return data

    def subscription(self) -> Subscription:
        """Not saved yet. Never wider than the reach of the person who fills it in."""
        data = dict(self.cleaned_data)
        by_mail = data["road"] == Road.EMAIL
        data |= {"chat": "" if by_mail else data["chat"], "email": data["email"] if by_mail else ""}
        region = self.user.region if data["district"] is None else None
        return Subscription(**data, region=region)
