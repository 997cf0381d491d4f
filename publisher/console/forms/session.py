"""Log-in, the first password, a new password."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from publisher.console.forms import Dressed
from publisher.people.models import User


class LoginForm(Dressed, AuthenticationForm):
    pass


class OwnPasswordForm(Dressed, PasswordChangeForm):
    pass


class AppForm(Dressed, forms.Form):
    app_code = forms.CharField(
        label=_("The six digits that the app shows"),
        max_length=10,
        widget=forms.TextInput({"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}),
    )


class PasskeyNameForm(Dressed, forms.Form):
    name = forms.CharField(
        label=_("Name it"), max_length=60, help_text=_("So that you know it again: office computer, my phone.")
    )


class _ChosenPassword(Dressed, forms.Form):
    """Typed twice, and good enough for the person that `whose` tells."""

    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
        help_text=_("At least 12 characters; not only digits. Several words are better than one strange one."),
    )
    again = forms.CharField(
        label=_("Password once more"), strip=False, widget=forms.PasswordInput({"autocomplete": "new-password"})
    )

    def whose(self) -> User:
        raise NotImplementedError

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        password = data.get("password")
        if password and password != data.get("again"):
            self.add_error("again", _("The two passwords differ."))
        elif password:
            try:
                validate_password(password, self.whose())
            except ValidationError as error:
                self.add_error("password", error)
        return data


class WelcomeForm(_ChosenPassword):
    """What a new colleague chooses."""

    username = forms.CharField(
        label=_("Name for logging in"),
        max_length=150,
        validators=User.username_validator and [User.username_validator],
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "autofocus": True}),
        help_text=_("Short, without spaces: for instance the first letter and the family name."),
    )
    name = forms.CharField(
        label=_("Your name"),
        max_length=150,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        help_text=_("As colleagues know you; it stands beside what you write and approve."),
    )
    field_order = ("username", "name", "password", "again")

    def clean_username(self) -> str:
        username = self.cleaned_data["username"]
        if User.objects.filter(username__iexact=username).exists():
            raise ValidationError(_("Somebody has this name already."))
        return username

    def whose(self) -> User:
        data = self.cleaned_data
        return User(username=data.get("username", ""), first_name=data.get("name", ""))


class NewPasswordForm(_ChosenPassword):
    """By a link; the name stays as it is."""

    def __init__(self, data: Any, person: User) -> None:
        self.person = person
        super().__init__(data)
        self.fields["password"].label = _("New password")
        self.fields["password"].widget.attrs["autofocus"] = True

    def whose(self) -> User:
        return self.person
