"""The composer's form: versions side by side, where to, when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms import BoundField
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from publisher.compose.content import details_as_data, version_as_data
from publisher.compose.message import Wording
from publisher.compose.models import Kind, Post
from publisher.console.forms import Dressed
from publisher.deliver.models import Channel

REUSED = ("reused", "reused_source", "reused_permission")
POLL_FIELDS = ("question", "options", "right", "explanation")
FIELDS_OF = {"publish_at": ["timing", "day", "hour"], "expires_at": ["last_day"], "channel_keys": ["channels"]}


class PostForm(Dressed, forms.Form):
    """`languages` are the versions that can be written; bodies left empty are no versions.

    A post that went out keeps everything but its texts: then `correcting` leaves the other fields away.
    """

    title = forms.CharField(
        label=_("Title"), max_length=200, help_text=_("For colleagues only; residents do not see it.")
    )
    kind = forms.ChoiceField(label=_("Kind"), choices=Kind.choices)
    channels = forms.MultipleChoiceField(label=_("Channels"), required=False, widget=forms.CheckboxSelectMultiple)
    timing = forms.ChoiceField(
        label=_("When"),
        choices=[("now", _("As soon as it is approved")), ("at", _("At a set time"))],
        widget=forms.RadioSelect,
    )
    day = forms.DateField(label=_("Day"), required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"))
    hour = forms.TimeField(label=_("Time"), required=False, widget=forms.TimeInput({"type": "time"}, "%H:%M"))
    urgent = forms.BooleanField(
        label=_("Urgent"), required=False, help_text=_("Overtakes everything and goes out in quiet hours too.")
    )
    pin = forms.BooleanField(label=_("Pin it in the channel"), required=False)
    last_day = forms.DateField(
        label=_("Not after"),
        required=False,
        widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"),
        help_text=_("A warning whose day has passed is not sent any more."),
    )
    single_language_reason = forms.CharField(
        label=_("Why in one language only"), required=False, max_length=300, widget=forms.Textarea({"rows": 2})
    )
    made_with_ai = forms.BooleanField(
        label=_("Made with AI"),
        required=False,
        help_text=_("Text, picture or film. Residents are told below the text, in their language."),
    )
    reused = forms.BooleanField(
        label=_("Material of others"),
        required=False,
        help_text=_("A picture, film or text that is not the police's own."),
    )
    reused_source = forms.CharField(label=_("Where it comes from"), required=False, max_length=300)
    reused_permission = forms.CharField(
        label=_("Who allowed it, and when"),
        required=False,
        max_length=300,
        help_text=_("For instance: letter of the bank of 3 November; or the licence that allows it."),
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    draft = forms.CharField(required=False, max_length=60, widget=forms.HiddenInput)

    def __init__(
        self,
        data: Any,
        post: Post,
        languages: Sequence[str],
        channels: Sequence[Channel],
        *,
        seen: str,
        correcting: bool,
    ) -> None:
        self.post, self.languages, self.zone, self.correcting = post, languages, post.district.zone, correcting
        super().__init__(data, initial={**_initial(post), "seen": seen})
        choices = [(channel.key, str(channel)) for channel in channels]
        self.fields["channels"].choices = choices
        for field in ("day", "last_day"):
            self.fields[field].input_formats = ["%Y-%m-%d"]
        if correcting:
            self.fields = {name: self.fields[name] for name in ("seen", "draft")}
        for language in languages:
            self._add_version(language)

    def _add_version(self, language: str) -> None:
        version = self.post.versions.filter(language=language).first()
        poll = (version.poll if version else None) or {}
        area = forms.Textarea
        given = {
            "body": (version.body if version else "", _("Text"), area({"rows": 12, "lang": language})),
            "buttons": (_button_lines(version.buttons if version else []), _("Buttons"), area({"rows": 2})),
            "question": (poll.get("question", ""), _("Question"), forms.TextInput({"lang": language})),
            "options": ("\n".join(poll.get("options", [])), _("Answers"), area({"rows": 3, "lang": language})),
            "right": (poll.get("answer") or "", _("Number of the right answer"), forms.NumberInput({"min": 1})),
            "explanation": (poll.get("explanation", ""), _("Explanation"), forms.TextInput({"lang": language})),
        }
        for name, (initial, label, widget) in given.items():
            widget.attrs.setdefault("class", "form-control")
            kind = forms.IntegerField if name == "right" else forms.CharField
            self.fields[f"{name}_{language}"] = kind(label=label, required=False, initial=initial, widget=widget)

    def clean(self) -> Mapping[str, Any]:
        data = super().clean() or {}
        for language in self.languages:
            try:
                data[f"buttons_{language}"] = _buttons(data.get(f"buttons_{language}", ""))
            except ValidationError as error:
                self.add_error(f"buttons_{language}", error)
            self._check_poll(language, data)
        if data.get("timing") == "at":
            self._check_time(data)
        return data

    def _check_poll(self, language: str, data: Mapping[str, Any]) -> None:
        options, right = _lines(data.get(f"options_{language}", "")), data.get(f"right_{language}")
        if right and not 1 <= right <= len(options):
            self.add_error(f"right_{language}", _("There is no answer with this number."))

    def _check_time(self, data: Mapping[str, Any]) -> None:
        for name in ("day", "hour"):
            if not data.get(name) and name not in self.errors:
                self.add_error(name, _("Give the day and the time."))

    def wordings(self) -> list[Wording]:
        """What has text, in the order kk, ru, en; also of a form that is not valid yet."""
        found = [self._wording(language) for language in self.languages]
        return [wording for wording in found if wording.body.strip()]

    def all_wordings(self) -> dict[str, Wording]:
        return {language: self._wording(language) for language in self.languages}

    def _wording(self, language: str) -> Wording:
        data = self.cleaned_data
        buttons = data.get(f"buttons_{language}")
        return Wording(
            language,
            data.get(f"body_{language}", "").replace("\r\n", "\n"),
            buttons if isinstance(buttons, list) else (),
            self._poll(language),
        )

    def _poll(self, language: str) -> dict[str, Any] | None:
        data = self.cleaned_data
        question, options = data.get(f"question_{language}", ""), _lines(data.get(f"options_{language}", ""))
        if not question and not options:
            return None
        explanation = data.get(f"explanation_{language}", "")
        return {
            "question": question,
            "options": options,
            "answer": data.get(f"right_{language}"),
            "explanation": explanation,
        }

    def due_at(self) -> datetime | None:
        """In UTC's terms, from the district's wall clock; None is “as soon as it is approved”."""
        data = self.cleaned_data
        day, hour = data.get("day"), data.get("hour")
        return _local(day, hour, self.post) if data.get("timing") == "at" and day and hour else None

    def expires_at(self) -> datetime | None:
        """The end of the last day, on the district's clock. An hour that a plan or file gave is kept."""
        day = self.cleaned_data.get("last_day")
        if not day:
            return None
        before = self.post.expires_at
        if before and before.astimezone(self.zone).date() == day:
            return before
        return _local(day + timedelta(days=1), time(0), self.post) - timedelta(minutes=1)

    def details(self) -> dict[str, Any]:
        data = self.cleaned_data
        return {
            "title": data["title"],
            "kind": data["kind"],
            "urgent": data["urgent"],
            "pin": data["pin"],
            "channel_keys": data["channels"],
            "publish_at": self.due_at(),
            "expires_at": self.expires_at(),
            **{name: data[name] for name in ("single_language_reason", "made_with_ai", *REUSED)},
        }

    def try_on(self, post: Post) -> None:
        """The marks as they are ticked now, on a post that is not saved."""
        for name in ("made_with_ai", "pin", *REUSED):
            if name in self.cleaned_data:
                setattr(post, name, self.cleaned_data[name])
        if not self.correcting and "last_day" in self.cleaned_data:
            post.expires_at = self.expires_at()

    @property
    def seen_digest(self) -> str:
        return str(self.cleaned_data.get("seen", ""))

    def content(self) -> dict[str, Any]:
        """What can be saved as it is: of a form that is not right yet, everything but what is wrong."""
        wrong = set(self.errors)
        flat = {} if self.correcting or wrong & set(self.base_fields) else details_as_data(self.details())
        for language in self.languages:
            given = version_as_data(self._wording(language))
            poll = {f"{name}_{language}" for name in POLL_FIELDS}
            bad = {f"buttons_{language}": {f"buttons_{language}"} & wrong, f"poll_{language}": poll & wrong}
            flat |= {name: value for name, value in given.items() if not bad.get(name)}
        return flat

    def shown(self, names: Sequence[str]) -> dict[str, Any]:
        """For names of the post's content: what the fields that show them hold, as a browser takes it."""
        fields = [
            field for name in names for field in FIELDS_OF.get(name, _version_fields(name)) if field in self.fields
        ]
        return {name: _shown(self[name]) for name in fields}


def _version_fields(name: str) -> Sequence[str]:
    """poll_kk is written in four fields."""
    part, _bar, language = name.rpartition("_")
    return [f"{field}_{language}" for field in POLL_FIELDS] if part == "poll" else [name]


def _shown(field: BoundField) -> Any:
    value = field.value()
    if isinstance(value, bool | list | str):
        return value
    return field.field.widget.format_value(value) or ""


def _initial(post: Post) -> dict[str, object]:
    zone = post.district.zone
    at = post.publish_at.astimezone(zone) if post.publish_at else None
    tomorrow = timezone.now().astimezone(zone) + timedelta(days=1)
    return {
        "title": post.title,
        "kind": post.kind,
        "channels": post.channel_keys,
        "timing": "at" if at else "now",
        "day": at.date() if at else tomorrow.date(),
        "hour": at.time() if at else time(10),
        "urgent": post.urgent,
        "pin": post.pin,
        "last_day": post.expires_at.astimezone(zone).date() if post.expires_at else None,
        **{name: getattr(post, name) for name in ("single_language_reason", "made_with_ai", *REUSED)},
    }


def _local(day: date, hour: time, post: Post) -> datetime:
    return datetime.combine(day, hour, post.district.zone)


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _button_lines(buttons: Sequence[Mapping[str, str]]) -> str:
    return "\n".join(f"{button['label']} | {button['url']}" for button in buttons)


def _buttons(text: str) -> list[dict[str, str]]:
    """One button a line: label | address."""
    buttons = []
    for line in _lines(text):
        label, bar, url = (part.strip() for part in line.rpartition("|"))
        if not bar or not label or not url.startswith(("https://", "http://", "tel:")):
            raise ValidationError(gettext("Write each button on a line of its own: label | https://address"))
        buttons.append({"label": label, "url": url})
    return buttons
