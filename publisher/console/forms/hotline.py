"""Forms of the call centre. None of them has a field for a person's name, except a volunteer's first one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext, pgettext_lazy

from publisher.compose.refusal import Refusal
from publisher.console.access import districts_of
from publisher.console.forms import Dressed
from publisher.console.moments import spoken
from publisher.hotline import privacy
from publisher.hotline.models import Case, Okrug, OutboundCampaign, VisitRound, Volunteer
from publisher.hotline.okrugs import in_order, listed
from publisher.hotline.patterns import catalogue
from publisher.measure.models import Link
from publisher.people.access import May as Right
from publisher.people.access import may, reach
from publisher.people.models import District, User

DAY = {"type": "date"}
TITLE = pgettext_lazy("of a campaign or a round", "Name")
SCRIPTS = {
    "kk": (
        "Сәлеметсіз бе! Ауданның полиция бөлімінен хабарласып тұрмыз ({district}). Екі минут уақытыңыз бар ма?\n"
        "Қазір алаяқтар өзін тергеуші, прокурор деп таныстырып, «несие алып, қауіпсіз шотқа аударыңыз» дейді. "
        "Полиция ешқашан несие алуды, ақша аударуды, SMS-код айтуды сұрамайды.\n"
        "Осындай қоңырау түссе, тұтқаны қойып, {hotline} нөміріне хабарласыңыз. Үйдегі үлкендерге де айтыңыз."
    ),
    "ru": (
        "Здравствуйте! Вам звонят из отдела полиции ({district}). Есть две минуты?\n"
        "Сейчас мошенники представляются следователями и прокурорами и говорят: «Возьмите кредит и переведите деньги "
        "на безопасный счёт». Полиция никогда не просит брать кредит, переводить деньги или называть код из SMS.\n"
        "Если так позвонят, положите трубку и наберите {hotline}. Расскажите об этом и старшим в семье."
    ),
}


class OfDistrict(Dressed, forms.Form):
    """With the choice of a district for those who have several."""

    district = forms.ModelChoiceField(District.objects.none(), label=_("District"), empty_label=None)

    def __init__(self, data: Any, user: User, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        field = self.fields["district"]
        field.queryset = districts_of(user)
        field.label_from_instance = lambda district: district.name(spoken())
        if reach(user) is not None and len(field.queryset) == 1:
            field.widget, field.initial = forms.HiddenInput(), field.queryset[0].pk


def _patterns() -> list[tuple[str, str]]:
    return [("", pgettext_lazy("no ruse", "none")), *((p.key, str(p.name)) for p in catalogue().patterns.values())]


class CampaignForm(OfDistrict):
    name = forms.CharField(label=TITLE, max_length=120, help_text=_("For instance: calls in December."))
    pattern = forms.ChoiceField(label=_("What the calls are about"), required=False)
    begins = forms.DateField(label=_("First day"), widget=forms.DateInput(DAY, format="%Y-%m-%d"))
    ends = forms.DateField(
        label=_("Last day"),
        widget=forms.DateInput(DAY, format="%Y-%m-%d"),
        help_text=_("A few days after it the numbers are deleted by themselves."),
    )
    goal_low = forms.IntegerField(label=_("Calls a day, at least"), min_value=1, max_value=5000, initial=200)
    goal_high = forms.IntegerField(label=_("Calls a day, at most"), min_value=1, max_value=5000, initial=250)
    script_kk = forms.CharField(label=_("What to say, in Kazakh"), widget=forms.Textarea({"rows": 6, "lang": "kk"}))
    script_ru = forms.CharField(
        label=_("What to say, in Russian"),
        widget=forms.Textarea({"rows": 6, "lang": "ru"}),
        help_text=_("{hotline} and {district} are filled in."),
    )
    field_order = ("name", "pattern", "begins", "ends", "goal_low", "goal_high", "script_kk", "script_ru", "district")

    def __init__(self, data: Any, user: User) -> None:
        today = timezone.localdate()
        initial = {"begins": today, "ends": today + timedelta(days=14)}
        initial |= {"script_kk": SCRIPTS["kk"], "script_ru": SCRIPTS["ru"]}
        super().__init__(data, user, initial=initial)
        self.fields["pattern"].choices = _patterns()

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("begins") and data.get("ends") and data["ends"] < data["begins"]:
            self.add_error("ends", str(Refusal("days_backwards")))
        if data.get("goal_low") and data.get("goal_high") and data["goal_high"] < data["goal_low"]:
            self.add_error("goal_high", _("This is less than the least."))
        return data

    def campaign(self, by: str) -> OutboundCampaign:
        return OutboundCampaign(**self.cleaned_data, made_by=by)


class ListForm(Dressed, forms.Form):
    file = forms.FileField(
        label=_("List"),
        help_text=_("XLSX or CSV with the columns okrug, street or organisation, number. Other columns are refused."),
        widget=forms.FileInput({"accept": ".xlsx,.csv,text/csv"}),
    )


class DealForm(Dressed, forms.Form):
    callers = forms.ModelMultipleChoiceField(
        User.objects.none(), label=_("Callers"), widget=forms.CheckboxSelectMultiple
    )
    each = forms.IntegerField(label=_("Numbers for each"), min_value=1, max_value=1000, initial=40)

    def __init__(self, data: Any, campaign: OutboundCampaign) -> None:
        super().__init__(data)
        people = User.objects.filter(is_active=True)
        who = [row.pk for row in people if may(row, Right.DESK, campaign.district_id)]
        self.fields["callers"].queryset = people.filter(pk__in=who)


class RoundForm(OfDistrict):
    name = forms.CharField(label=TITLE, max_length=120, help_text=_("For instance: leaflets in November."))
    begins = forms.DateField(label=_("First day"), widget=forms.DateInput(DAY, format="%Y-%m-%d"))
    ends = forms.DateField(label=_("Last day"), widget=forms.DateInput(DAY, format="%Y-%m-%d"))
    field_order = ("name", "begins", "ends", "district")

    def __init__(self, data: Any, user: User) -> None:
        today = timezone.localdate()
        super().__init__(data, user, initial={"begins": today, "ends": today + timedelta(days=30)})

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("begins") and data.get("ends") and data["ends"] < data["begins"]:
            self.add_error("ends", str(Refusal("days_backwards")))
        return data

    def round(self, by: str) -> VisitRound:
        return VisitRound(**self.cleaned_data, made_by=by)


class OfOkrug(Dressed, forms.Form):
    okrug = forms.ModelChoiceField(Okrug.objects.none(), label=_("Okrug"), empty_label=None)

    def __init__(self, data: Any, district: District, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.fields["okrug"].queryset = Okrug.objects.filter(district=district, listed=True)
        self.fields["okrug"].choices = [(okrug.pk, okrug.name(spoken())) for okrug in listed(district)]


class PrintedForm(OfOkrug):
    printed = forms.IntegerField(label=_("Leaflets printed, all in all"), min_value=0, max_value=1_000_000)
    link = forms.ModelChoiceField(
        Link.objects.none(),
        label=_("Code on the leaflet"),
        required=False,
        help_text=_(
            "One link for each okrug tells which leaflets bring calls. Links are made under “Links and codes”."
        ),
    )

    def __init__(self, data: Any, district: District) -> None:
        super().__init__(data, district, prefix="printed")
        self.fields["link"].queryset = Link.objects.filter(district=district, kind="poster", off=False)
        self.fields["link"].label_from_instance = lambda link: f"{link.code} · {link.label}"


class CodesForm(Dressed, forms.Form):
    url = forms.URLField(
        label=_("Where the codes lead"),
        max_length=500,
        assume_scheme="https",
        help_text=_("For instance the channel's address, https://t.me/…"),
        widget=forms.URLInput({"autocapitalize": "none", "spellcheck": "false"}),
    )


class VisitForm(OfOkrug):
    day = forms.DateField(label=_("Day"), widget=forms.DateInput(DAY, format="%Y-%m-%d"))
    households = forms.IntegerField(label=_("Households spoken to"), min_value=0, max_value=100_000)
    leaflets = forms.IntegerField(label=_("Leaflets handed over"), min_value=0, max_value=100_000)
    volunteer = forms.ModelChoiceField(Volunteer.objects.none(), label=_("Volunteer"), required=False)

    def __init__(self, data: Any, district: District) -> None:
        super().__init__(data, district, prefix="visit", initial={"day": timezone.localdate()})
        rows = Volunteer.objects.filter(okrug__district=district, active=True).select_related("okrug")
        self.fields["volunteer"].queryset = rows
        self.fields["volunteer"].label_from_instance = lambda row: f"{row.name} · {row.okrug.name(spoken())}"

    def clean_day(self) -> Any:
        day = self.cleaned_data["day"]
        if day > timezone.localdate():
            raise ValidationError(_("This day lies ahead."))
        return day


class VolunteerForm(OfOkrug):
    name = forms.CharField(
        label=_("First name or code"),
        max_length=40,
        help_text=_("No surname and no telephone: they are not needed here."),
    )
    field_order = ("name", "okrug")

    def __init__(self, data: Any, district: District) -> None:
        super().__init__(data, district, prefix="volunteer")

    def clean_name(self) -> str:
        name = self.cleaned_data["name"].strip()
        if any(privacy.faults(name)) or len(name.split()) > 2:
            raise ValidationError(_("Only a first name or a code."))
        return name


class CaseForm(OfDistrict):
    day = forms.DateField(label=_("Registered on"), widget=forms.DateInput(DAY, format="%Y-%m-%d"))
    pattern = forms.ChoiceField(label=_("Ruse"), required=False)
    okrug = forms.ModelChoiceField(Okrug.objects.none(), label=_("Okrug"), required=False)
    amount = forms.IntegerField(label=_("Damage, tenge"), min_value=0, max_value=10**11, required=False)
    field_order = ("day", "pattern", "okrug", "amount", "district")

    def __init__(self, data: Any, user: User) -> None:
        super().__init__(data, user, initial={"day": timezone.localdate()})
        self.fields["pattern"].choices = _patterns()
        self.fields["okrug"].queryset = Okrug.objects.filter(district__in=districts_of(user), listed=True)
        choices = [(okrug.pk, okrug.name(spoken())) for okrug in in_order(self.fields["okrug"].queryset)]
        self.fields["okrug"].choices = [("", capfirst(pgettext("okrug", "not told"))), *choices]

    def clean_day(self) -> Any:
        day = self.cleaned_data["day"]
        if day > timezone.localdate():
            raise ValidationError(_("This day lies ahead."))
        return day

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        okrug, district = data.get("okrug"), data.get("district")
        if okrug and district and okrug.district_id != district.pk:
            self.add_error("okrug", _("This okrug belongs to another district."))
        return data

    def case(self) -> Case:
        return Case(**self.cleaned_data)


class ClusterForm(Dressed, forms.Form):
    name = forms.CharField(label=_("What it is, in a few words"), max_length=120, required=False)
    pattern = forms.ChoiceField(label=_("Or a ruse that is known"), required=False)

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        self.fields["pattern"].choices = _patterns()

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not data.get("name") and not data.get("pattern"):
            raise ValidationError(_("Write what it is, or choose a ruse."))
        if any(privacy.faults(data.get("name", ""))):
            self.add_error("name", str(Refusal("name_in_note")))
        return data
