"""Is this post really from the police? Public pages: no account, no cookies, nothing about the person who looks."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import wraps

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import translation
from django.views.decorators.http import require_safe

from publisher.people.models import District
from publisher.residents import keys, proofs
from publisher.residents.models import SigningKey

LANGUAGES = ("kk", "ru", "en")
KEPT = 60  # seconds that browsers and proxies may show a page without asking again

Page = Callable[..., HttpResponse]


def public(page: Page) -> Page:
    """Kept for a minute everywhere: a withdrawal is seen at once, and a rush of people costs little.

    The language is part of the address (`in`), so that no cookie is needed for it; such pages hold no token either.
    """

    @wraps(page)
    def shown(request: HttpRequest, **kwargs: object) -> HttpResponse:
        wanted = request.GET.get("in", "")
        with translation.override(wanted if wanted in LANGUAGES else request.LANGUAGE_CODE):
            reply = page(request, **kwargs)
            reply["Content-Language"] = translation.get_language()
        reply["Cache-Control"] = f"public, max-age={KEPT}"
        reply["X-Robots-Tag"] = "noindex"
        return reply

    return login_not_required(require_safe(shown))


@public
def ask(request: HttpRequest) -> HttpResponse:
    """Where a code is typed."""
    typed = request.GET.get("code", "")
    if typed and (code := proofs.plain_code(typed)):
        asked = request.GET.get("in", "")
        return redirect(reverse("proof", args=[code]) + (f"?in={asked}" if asked in LANGUAGES else ""))
    return render(request, "console/proof_ask.html", {"typed": typed, "hotlines": District.objects.all()})


@public
def show(request: HttpRequest, code: str) -> HttpResponse:
    found = proofs.shown(code)
    if found is None:
        given = {"typed": code, "unknown": True, "hotlines": District.objects.all()}
        return render(request, "console/proof_ask.html", given, status=404)
    newest = found.wordings[0]
    given = {
        "found": found,
        "newest": newest,
        "texts": list(found.texts.items()),
        "earlier": [(wording, list(proofs.texts_of(wording).items())) for wording in found.wordings[1:]],
        "envelope": _script_safe(json.dumps(proofs.envelope(newest), ensure_ascii=False)),
        "key": newest.key,
    }
    return render(request, "console/proof.html", given)


def _script_safe(text: str) -> str:
    """A data block ends at the first “</”: what the post says must not end it."""
    return re.sub(r"[<>&\u2028\u2029]", lambda sign: f"\\u{ord(sign[0]):04x}", text)


@public
def download(request: HttpRequest, code: str) -> HttpResponse:
    """The signed wording alone, for `publisher verify` and other programs."""
    found = proofs.shown(code)
    if found is None:
        return JsonResponse({"error": "unknown"}, status=404)
    reply = JsonResponse(proofs.envelope(found.wordings[0]), json_dumps_params={"ensure_ascii": False, "indent": 1})
    reply["Content-Disposition"] = f'attachment; filename="{found.proof.code}.json"'
    return reply


@public
def key(request: HttpRequest) -> HttpResponse:
    current = proofs.current_key()
    rows = [(row, row == current) for row in SigningKey.objects.order_by("-since")]
    return render(request, "console/proof_key.html", {"keys": rows, "current": current})


@public
def pem(request: HttpRequest, fingerprint: str) -> HttpResponse:
    row = get_object_or_404(SigningKey, pk=fingerprint)
    assert keys.fingerprint(row.public) == row.pk
    reply = HttpResponse(row.public, content_type="application/x-pem-file")
    reply["Content-Disposition"] = f'attachment; filename="{row.pk}.pem"'
    return reply


@public
def call(request: HttpRequest, district: str = "") -> HttpResponse:
    """The number to tap, where the bot's button leads."""
    rows = District.objects.all()
    wanted = [get_object_or_404(rows, pk=district)] if district else list(rows)
    return render(request, "console/call.html", {"districts": wanted})
