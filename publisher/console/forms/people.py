"""Inviting, changing and replacing people."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from publisher.console.access import districts_of
from publisher.console.forms import Dressed
from publisher.people import delegations
from publisher.people.access import May, colleagues, everywhere, own_right, reach
from publisher.people.models import District, Region, Role, User
from publisher.sentences import say

EVERYWHERE = _("All districts")


class InvitationForm(Dressed, forms.Form):
    """Whoever works for one district invites only into that district; a region's people into their region."""

    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)
    district = forms.ModelChoiceField(
        District.objects.none(), label=_("District"), required=False, empty_label=EVERYWHERE
    )
    region = forms.ModelChoiceField(
        Region.objects.none(),
        label=_("Region"),
        required=False,
        empty_label=_("no region"),
        help_text=_("For whoever works for all districts of a region."),
    )

    def __init__(self, data: Any, user: User, initial: Any = None) -> None:
        super().__init__(data, initial=initial)
        self.user, field = user, self.fields["district"]
        field.queryset, self.fields["region"].queryset = districts_of(user), Region.objects.all()
        if user.district_id:
            field.required, field.empty_label = True, None
        elif user.region_id:
            field.empty_label = _("The whole region")
        if not everywhere(user) or not Region.objects.exists():
            del self.fields["region"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        data.setdefault("region", None)
        if data.get("district") and data["region"]:
            self.add_error("region", _("Choose a district or a region, not both."))
        if self.user.region_id and not data.get("district"):
            data["region"] = self.user.region
        return data


class LeavingForm(Dressed, forms.Form):
    """Who takes over what is not finished; nobody, if there is nothing."""

    taker = forms.ModelChoiceField(
        User.objects.none(), label=_("Unfinished posts go to"), required=False, empty_label=_("nobody: they stay")
    )

    def __init__(self, data: Any, user: User, person: User) -> None:
        super().__init__(data)
        able = [Role.OFFICER, Role.APPROVER, Role.DUTY, Role.ADMIN]
        others = colleagues(user, User.objects.filter(is_active=True, role__in=able)).exclude(pk=person.pk)
        self.fields["taker"].queryset = others.order_by("username")


class SubstituteForm(Dressed, forms.Form):
    """Approvers name their own substitute; an administrator one for anybody."""

    who = forms.ModelChoiceField(User.objects.none(), label=_("Who is away"), empty_label=None)
    substitute = forms.ModelChoiceField(
        User.objects.none(),
        label=_("Who approves meanwhile"),
        empty_label=None,
        help_text=_("Somebody of the same district who may not approve otherwise."),
    )
    from_day = forms.DateField(label=_("From"), widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))
    to_day = forms.DateField(
        label=_("To"), widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"), help_text=_("This day included.")
    )

    def __init__(self, data: Any, user: User) -> None:
        super().__init__(data, initial={"who": user.pk, "from_day": delegations.today_of(user)})
        near = list(colleagues(user, User.objects.filter(is_active=True)).order_by("username"))
        able = [person.pk for person in near if own_right(person, May.APPROVE)]
        choosers = able if own_right(user, May.MANAGE) else [user.pk]
        self.fields["who"].queryset = User.objects.filter(pk__in=choosers)
        others = [person.pk for person in near if person.pk not in able]
        self.fields["substitute"].queryset = User.objects.filter(pk__in=others).order_by("username")
        for day in ("from_day", "to_day"):
            self.fields[day].input_formats = ["%Y-%m-%d"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors:
            who, substitute = data["who"], data["substitute"]
            code = delegations.flaw(who, substitute, data["from_day"], data["to_day"])
            if not _covers(substitute, who):
                raise ValidationError(_("The substitute works for another district. Choose a colleague of this one."))
            if code:
                raise ValidationError(str(say(code)))
        return data


def _covers(substitute: User, who: User) -> bool:
    """A substitute sees at least one district of whoever is away; for all districts anybody may stand in."""
    theirs, mine = reach(who), reach(substitute)
    return theirs is None or mine is None or bool(theirs & mine)
