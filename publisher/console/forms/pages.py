"""Numbers read elsewhere and typed in, one by one or as a table."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from publisher.console.forms import Dressed
from publisher.measure import by_hand
from publisher.measure.metrics import LABELS
from publisher.measure.models import Page, Piece

LARGEST_TABLE = 2_000_000  # bytes
PIECES_OFFERED = 60


class NumberForm(Dressed, forms.Form):
    """`piece` empty: the number is the page's own, which can only be its followers."""

    piece = forms.ModelChoiceField(Piece.objects.none(), label=_("Of what"), required=False)
    metric = forms.ChoiceField(label=_("Number of"))
    value = forms.IntegerField(label=_("How many"), min_value=0, max_value=10_000_000_000)
    day = forms.DateField(label=_("Read on"), widget=forms.DateInput({"type": "date"}))
    hour = forms.TimeField(label=_("at"), widget=forms.TimeInput({"type": "time"}))
    proof = forms.CharField(
        label=_("Where it was read"), max_length=200, help_text=_("For instance: Insights on the office phone.")
    )

    def __init__(self, data: Any, page: Page) -> None:
        super().__init__(data)
        self.page = page
        here = timezone.now().astimezone(page.district.zone)
        metrics = (*by_hand.OF_A_PIECE, *by_hand.OF_A_PAGE)
        self.fields["metric"].choices = [(metric.value, LABELS[metric]) for metric in metrics]
        newest = page.pieces.order_by("-first_seen_at", "-id").values("pk")[:PIECES_OFFERED]
        self.fields["piece"].queryset = Piece.objects.filter(pk__in=list(newest.values_list("pk", flat=True)))
        self.fields["piece"].empty_label = _("the page itself")
        self.initial = {"day": here.date().isoformat(), "hour": f"{here:%H:%M}", "metric": "followers"}

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        allowed = by_hand.OF_A_PIECE if data.get("piece") else by_hand.OF_A_PAGE
        if "metric" in data and data["metric"] not in allowed:
            words = _("A page has followers; views, reactions and comments are a post's.")
            self.add_error("metric", words)
        if "day" in data and "hour" in data and self.at() > timezone.now():
            self.add_error("day", ValidationError(_("This moment is still to come.")))
        return data

    def at(self) -> datetime:
        return datetime.combine(self.cleaned_data["day"], self.cleaned_data["hour"], self.page.district.zone)


class TableForm(Dressed, forms.Form):
    table = forms.FileField(
        label=_("CSV file"),
        help_text=_("Columns: code, metric, value, at. An empty code means the page itself."),
        widget=forms.FileInput({"accept": ".csv,text/csv"}),
    )

    def clean_table(self) -> Any:
        file = self.cleaned_data["table"]
        if file.size > LARGEST_TABLE:
            raise ValidationError(_("The file is too large for a table of numbers."))
        return file
