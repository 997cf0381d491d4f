"""Forms in the style sheet's dress."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

NO_WORDS = "---------"  # Django's own label of no choice
# A browser makes 0026 of a year typed as 26, and some write 9999 for “never”: neither is a day to reckon with.
WRONG_YEAR = _("This year cannot be right. Look at the date once more.")
OF_OUR_TIME = (MinValueValidator(date(2000, 1, 1), WRONG_YEAR), MaxValueValidator(date(2199, 12, 31), WRONG_YEAR))


class Dressed:
    """Gives every widget the style sheet's class, and every day a year that can be; mixed into a form class."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            widget = field.widget
            if isinstance(field, forms.DateField):
                field.validators += OF_OUR_TIME
            if isinstance(field, forms.ModelChoiceField) and field.empty_label == NO_WORDS:
                field.empty_label = _("not stated")
            if isinstance(widget, forms.CheckboxInput | forms.CheckboxSelectMultiple | forms.RadioSelect):
                kind = "form-check-input"
            elif isinstance(widget, forms.Select):
                kind = "form-select"
            else:
                kind = "form-control"
            widget.attrs["class"] = f"{widget.attrs.get('class', '')} {kind}".strip()
