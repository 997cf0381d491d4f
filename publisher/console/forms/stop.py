"""What to stop, and why."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from publisher.console.access import districts_of
from publisher.console.forms import Dressed
from publisher.console.moments import spoken
from publisher.deliver import pauses
from publisher.people import access
from publisher.people.access import May, may
from publisher.people.models import User


def scopes_for(user: User) -> list[tuple[str, str]]:
    """What this person may stop and let go on: the own district, or everything; accounts too, for who manages them."""
    everything = [(pauses.EVERYTHING, gettext("Everything, everywhere"))] if access.everywhere(user) else []
    districts = [(f"district:{row.pk}", row.name(spoken())) for row in districts_of(user)]
    manages = may(user, May.MANAGE)
    accounts = [
        (f"account:{key}", gettext("the account %(key)s") % {"key": key}) for key in settings.CONFIG.accounts if manages
    ]
    return [*everything, *districts, *accounts]


class StopForm(Dressed, forms.Form):
    scope = forms.ChoiceField(label=_("What to stop"), widget=forms.RadioSelect)
    reason = forms.CharField(
        label=_("Reason, shown to everybody"), max_length=500, widget=forms.Textarea({"rows": 2, "autofocus": True})
    )

    def __init__(self, data: Any, user: User) -> None:
        super().__init__(data)
        choices = scopes_for(user)
        self.fields["scope"].choices = choices
        self.fields["scope"].initial = choices[0][0] if choices else ""
