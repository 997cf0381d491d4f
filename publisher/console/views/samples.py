"""Taking away what the first start brought along."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext

from publisher import samples
from publisher.compose.refusal import Refusal
from publisher.console.access import needs
from publisher.people.access import May


@needs(May.MANAGE)
def show(request: HttpRequest) -> HttpResponse:
    """What goes and what stays; posted, it goes."""
    if request.method != "POST":
        return render(request, "console/samples.html", {"samples": samples.found(request.user)})
    try:
        samples.remove(request.user)
    except Refusal as refusal:
        messages.error(request, str(refusal))
        return redirect("samples")
    messages.success(request, gettext("The sample data is gone. From here on everything is yours."))
    return redirect("today")
