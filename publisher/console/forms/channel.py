"""Adding a destination."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from publisher.console.access import districts_of
from publisher.console.forms import Dressed
from publisher.deliver.models import Channel
from publisher.people.models import District, User

LANGUAGES = [("kk", "Қазақша"), ("ru", "Русский"), ("en", "English")]


class ChannelForm(Dressed, forms.Form):
    account = forms.ChoiceField(label=_("Account"), help_text=_("The account of ours that is a member there."))
    target = forms.CharField(
        label=_("Channel or group"),
        max_length=80,
        help_text=_("Telegram: @name or the number that begins with -100. WhatsApp: the group's id."),
        widget=forms.TextInput({"autocapitalize": "none", "spellcheck": "false"}),
    )
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

    def __init__(self, data: Any, user: User) -> None:
        super().__init__(data)
        self.fields["account"].choices = [
            (key, f"{key} ({account.type})") for key, account in settings.CONFIG.accounts.items()
        ]
        self.fields["district"].queryset = districts_of(user)
        self.fields["languages"].widget.attrs["class"] = "form-check-input"

    def clean_key(self) -> str:
        key = self.cleaned_data["key"]
        if Channel.objects.filter(key=key).exists():
            raise ValidationError(_("There is a channel of this name already."))
        return key

    def clean_tags(self) -> list[str]:
        return tags_of(self.cleaned_data["tags"])


def tags_of(text: str) -> list[str]:
    """Each once, in the order written."""
    words = [word.strip().casefold() for word in text.split(",")]
    return list(dict.fromkeys(word[:40] for word in words if word))
