"""Adding a destination, changing it, and switching it off."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from publisher.connectors import CONNECTORS
from publisher.connectors.base import Target, takes_posts
from publisher.connectors.errors import Refused
from publisher.connectors.telegram_names import chat_of
from publisher.console.access import districts_of
from publisher.console.forms import Dressed
from publisher.deliver import muting
from publisher.deliver.models import Channel
from publisher.people.models import District, User
from publisher.sentences import say

LANGUAGES = [("kk", "Қазақша"), ("ru", "Русский"), ("en", "English")]
LATIN = {
    **dict(zip("абвгдезийклмнопрстуфхцыэ", "abvgdeziiklmnoprstufhcye", strict=True)),
    **dict(zip("әғқңөұүһі", "agqnouuhi", strict=True)),
    **{"ё": "e", "ж": "zh", "ч": "ch", "ш": "sh", "щ": "sh", "ю": "iu", "я": "ia", "ъ": "", "ь": ""},
}


def publishing_accounts() -> dict[str, str]:
    """Accounts through which posts go out, with the platform's name. Others only measure."""
    found = settings.CONFIG.accounts.items()
    kinds = {key: CONNECTORS[account.type] for key, account in found}
    return {key: kind.description.label for key, kind in kinds.items() if takes_posts(kind)}


class PlaceForm(Dressed, forms.Form):
    """The wizard's first step: which chat, as people paste it."""

    account = forms.ChoiceField()
    target = forms.CharField(max_length=200)

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        self.fields["account"].choices = list(publishing_accounts().items())

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if {"account", "target"} <= data.keys():
            data["target"] = _chat(data["account"], data["target"])
        return data


def _chat(account_key: str, text: str) -> str:
    if settings.CONFIG.accounts[account_key].type != "telegram":
        return text.strip()
    try:
        return chat_of(text)
    except Refused as refused:
        raise ValidationError({"target": str(say(refused.reason))}) from None


class ChannelForm(PlaceForm):
    """The second step, beside what the platform said."""

    account = forms.ChoiceField(label=_("Account"), widget=forms.HiddenInput)
    target = forms.CharField(label=_("Channel or group"), max_length=200, widget=forms.HiddenInput)
    key = forms.CharField(
        label=_("Short name"),
        max_length=60,
        validators=[RegexValidator(r"^[a-z0-9][a-z0-9-]*$", _("Small Latin letters, digits and hyphens only."))],
        help_text=_("For plans and commands, for instance akkaiyn-news. Residents do not see it."),
        widget=forms.TextInput({"autocapitalize": "none", "spellcheck": "false"}),
    )
    languages = forms.MultipleChoiceField(
        label=_("Languages it gets"), choices=LANGUAGES, initial=["kk", "ru"], widget=forms.CheckboxSelectMultiple
    )
    district = forms.ModelChoiceField(District.objects.none(), label=_("District"), empty_label=None)
    platform_kind = forms.ChoiceField(
        label=_("It is"),
        choices=[("", _("As the platform says")), ("channel", _("a channel")), ("group", _("a group"))],
        required=False,
    )
    tags = forms.CharField(
        label=_("Tags"),
        required=False,
        help_text=_("Words to choose channels by, separated by commas: village, schools."),
    )

    agreed = forms.BooleanField(label=_("This person asked for our messages, and I can show it"))

    def __init__(self, data: Any, user: User, *, place: dict[str, str] | None = None, found: Target | None = None):
        super().__init__(data)
        self.fields["district"].queryset = districts_of(user)
        self.fields["languages"].widget.attrs["class"] = "form-check-input"
        if place:
            self.initial = {**place, "key": short_name(found) if found else "", "languages": ["kk", "ru"]}
        if found:
            del self.fields["platform_kind"]
        if not self.is_for_a_person():
            del self.fields["agreed"]

    def is_for_a_person(self) -> bool:
        """A telephone number as the target: nobody is written to who did not ask for it."""
        given = self.data or self.initial
        account, target = settings.CONFIG.accounts.get(given.get("account", "")), str(given.get("target", ""))
        if account is None or account.type != "whatsapp_cloud":
            return False
        return target.removeprefix("+").isdigit() and len(target) >= 8

    def clean_key(self) -> str:
        key = self.cleaned_data["key"]
        if Channel.objects.filter(key=key).exists():
            raise ValidationError(_("There is a channel of this name already."))
        return key

    def clean_tags(self) -> list[str]:
        return tags_of(self.cleaned_data["tags"])


class ChangeForm(Dressed, forms.Form):
    languages = forms.MultipleChoiceField(
        label=_("Languages it gets"), choices=LANGUAGES, widget=forms.CheckboxSelectMultiple
    )
    tags = forms.CharField(label=_("Tags, separated by commas"), required=False, max_length=400)

    def clean_tags(self) -> list[str]:
        return tags_of(self.cleaned_data["tags"])


class MuteForm(Dressed, forms.Form):
    how = forms.ChoiceField(
        label=_("Posts for it"),
        choices=[
            (muting.WAIT, _("wait: when it is switched on, you decide about each that came due")),
            (muting.SKIP, _("are skipped: what comes due meanwhile never goes out there")),
        ],
        initial=muting.WAIT,
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(label=_("Reason, shown to everybody"), max_length=300)


def tags_of(text: str) -> list[str]:
    """Each once, in the order written."""
    words = [word.strip().casefold() for word in text.split(",")]
    return list(dict.fromkeys(word[:40] for word in words if word))


def short_name(found: Target) -> str:
    """A free short name from the public address, else from the title in Latin letters."""
    public = re.search(r"/(\w{4,32})$", found.url)
    plain = public[1].lower() if public else "".join(LATIN.get(sign, sign) for sign in found.title.casefold())
    name = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:50] or "channel"
    taken = set(Channel.objects.filter(key__startswith=name).values_list("key", flat=True))
    return next(key for key in (name, *(f"{name}-{number}" for number in range(2, 1000))) if key not in taken)
