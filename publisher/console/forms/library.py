"""What a template needs to be told beyond the post it is made of."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from publisher.compose.as_template import Wanted
from publisher.compose.models import Post
from publisher.console.forms import Dressed


class TemplateForm(Dressed, forms.Form):
    slug = forms.SlugField(
        label=_("Name of the folder"),
        max_length=60,
        help_text=_("Small Latin letters, digits and hyphens, for instance fake-courier."),
    )
    source = forms.CharField(
        label=_("Where the facts come from"),
        max_length=300,
        help_text=_("A law, a case of the district, a warning of a ministry. Residents do not see it."),
    )
    tags = forms.CharField(label=_("Tags"), required=False, max_length=200, help_text=_("With commas between them."))
    repeat_after_days = forms.IntegerField(
        label=_("Not again on the same channel within days"), required=False, min_value=1, max_value=3650
    )
    expires_after_days = forms.IntegerField(
        label=_("Not to go out any more after days"), required=False, min_value=1, max_value=3650
    )

    def __init__(self, data: Any, post: Post, taken: set[str]) -> None:
        super().__init__(data)
        self.post, self.taken = post, taken

    def clean_slug(self) -> str:
        slug = self.cleaned_data["slug"].lower().replace("_", "-").strip("-")
        if slug in self.taken:
            raise forms.ValidationError(gettext("There is a template of this name already."))
        return slug

    def clean_tags(self) -> list[str]:
        names = [name.strip() for name in self.cleaned_data["tags"].split(",")]
        return list(dict.fromkeys(name for name in names if name))

    def wanted(self) -> Wanted:
        given = self.cleaned_data
        return Wanted(
            slug=given["slug"],
            source=given["source"],
            tags=given["tags"],
            repeat_after_days=given["repeat_after_days"],
            expires_after_days=given["expires_after_days"],
        )
