"""A post for many districts, and a district's time for what was ordered."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from publisher.console.access import districts_of
from publisher.console.forms import Dressed
from publisher.console.moments import spoken
from publisher.deliver.campaigns import channels_of
from publisher.deliver.models import Channel
from publisher.people.models import District, User
from publisher.plan.models import Share

MOMENT = "%Y-%m-%dT%H:%M"


class Moment(forms.DateTimeField):
    """A moment as the browser gives it: without a zone. `zone` is set by the form."""

    zone = ZoneInfo("UTC")

    def __init__(self, **how: Any) -> None:
        widget = forms.DateTimeInput({"type": "datetime-local"}, MOMENT)
        super().__init__(input_formats=[MOMENT], widget=widget, **how)

    def clean(self, value: Any) -> datetime | None:
        found = super().clean(value)
        return found.replace(tzinfo=self.zone) if found else None

    def prepare_value(self, value: Any) -> Any:
        return value.astimezone(self.zone).replace(tzinfo=None) if isinstance(value, datetime) else value


class CampaignForm(Dressed, forms.Form):
    """Which districts, how binding, and until when an answer is awaited."""

    binding = forms.ChoiceField(
        label=_("How"),
        choices=[
            ("offered", _("Offered: each district takes it, changes it or refuses")),
            ("ordered", _("Ordered: each district only chooses its time")),
        ],
        widget=forms.RadioSelect,
        initial="offered",
    )
    districts = forms.ModelMultipleChoiceField(
        District.objects.none(), label=_("Districts"), widget=forms.CheckboxSelectMultiple
    )
    publish_at = Moment(label=_("Wished time"), required=False, help_text=_("Each district may choose another."))
    answer_by = forms.DateField(
        label=_("Answer awaited until"),
        required=False,
        widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"),
        help_text=_("After this day a district without an answer counts as silent."),
    )

    def __init__(self, data: Any, user: User, own: District) -> None:
        super().__init__(data)
        field = self.fields["districts"]
        field.queryset = districts_of(user).exclude(pk=own.pk)
        field.label_from_instance = lambda district: district.name(spoken())
        field.initial = list(field.queryset)
        self.zone = ZoneInfo(settings.CONFIG.site.time_zone)
        self.fields["publish_at"].zone = self.zone
        self.fields["answer_by"].input_formats = ["%Y-%m-%d"]

    def clean_publish_at(self) -> datetime | None:
        at = self.cleaned_data["publish_at"]
        if at and at <= timezone.now():
            raise forms.ValidationError(_("This moment has passed."))
        return at

    def clean_answer_by(self) -> datetime | None:
        day: date | None = self.cleaned_data["answer_by"]
        if day is None:
            return None
        end = datetime.combine(day, time.max, self.zone)
        if end < timezone.now():
            raise forms.ValidationError(_("This day has passed."))
        return end


class TimeForm(Dressed, forms.Form):
    """When and where a district publishes what was ordered."""

    at = Moment(label=_("Time"))
    channels = forms.ModelMultipleChoiceField(
        Channel.objects.none(), label=_("Channels"), widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, data: Any, share: Share) -> None:
        super().__init__(data)
        rows = channels_of(share.district)
        self.fields["at"].zone = share.district.zone
        self.fields["at"].initial = share.campaign.publish_at or timezone.now().replace(second=0, microsecond=0)
        self.fields["channels"].queryset = Channel.objects.filter(pk__in=[row.pk for row in rows])
        self.fields["channels"].initial = rows
