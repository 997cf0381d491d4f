"""A token for another program, and an address for events."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from publisher.api.models import EventKind, Scope
from publisher.console.access import districts_of
from publisher.console.forms import Dressed
from publisher.people.models import District, User


class _OfPlace(Dressed, forms.Form):
    """Never of more districts than its maker's own."""

    name = forms.CharField(label=_("Name"), max_length=80, help_text=_("Which program it is for."))
    district = forms.ModelChoiceField(
        District.objects.none(), label=_("District"), required=False, empty_label=_("All districts")
    )

    def __init__(self, data: Any, user: User) -> None:
        super().__init__(data, auto_id=f"{type(self).__name__}_%s")  # both forms stand on one page
        self.user, field = user, self.fields["district"]
        field.queryset = districts_of(user)
        if user.district_id:
            field.required, field.empty_label = True, None
        elif user.region_id:
            field.empty_label = _("The whole region")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        data["region"] = self.user.region if self.user.region_id and not data.get("district") else None
        return data


class TokenForm(_OfPlace):
    scopes = forms.MultipleChoiceField(
        label=_("It may"), choices=Scope.choices, widget=forms.CheckboxSelectMultiple, initial=[Scope.POSTS_READ]
    )


class WebhookForm(_OfPlace):
    url = forms.URLField(label=_("Address"), max_length=500, assume_scheme="https")
    events = forms.MultipleChoiceField(
        label=_("Events"), choices=EventKind.choices, widget=forms.CheckboxSelectMultiple, initial=EventKind.values
    )
