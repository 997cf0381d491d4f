"""A warning as a CAP 1.2 alert (OASIS Common Alerting Protocol): one info block for each language."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element, SubElement, tostring

from django.conf import settings

from publisher.api.warnings import Warning_
from publisher.compose.models import Post, Status

SPACE = "urn:oasis:names:tc:emergency:cap:1.2"
LASTS = timedelta(days=30)  # a warning that names no end
EVENTS = {"kk": "Алаяқтық туралы ескерту", "ru": "Предупреждение о мошенничестве", "en": "Fraud warning"}
TAGS = {"kk": "kk-KZ", "ru": "ru-KZ", "en": "en"}


def sender() -> str:
    return urlsplit(settings.CONFIG.site.public_url).hostname or "publisher"


def identifier(post: Post, revision: int, *, cancels: bool = False) -> str:
    """Without spaces, commas, < and &, as the standard asks."""
    return f"{sender()}.post.{post.pk}.{revision}" + (".cancel" if cancels else "")


def moment(at: datetime) -> str:
    """The standard's form: seconds, and a zone as numbers; UTC is -00:00."""
    text = at.replace(microsecond=0).isoformat()
    return text.replace("+00:00", "-00:00")


def alert(warning: Warning_) -> bytes:
    post, zone = warning.post, warning.post.district.zone
    cancels = post.status == Status.WITHDRAWN
    kind = "Cancel" if cancels else "Update" if post.revision > 1 else "Alert"
    root = Element("alert", {"xmlns": SPACE})
    sent = (post.updated_at if cancels else warning.sent_at).astimezone(zone)
    head = {
        "identifier": identifier(post, post.revision, cancels=cancels),
        "sender": sender(),
        "sent": moment(sent),
        "status": "Exercise" if settings.CONFIG.practice else "Actual",
        "msgType": kind,
        "scope": "Public",
    }
    if kind != "Alert":
        before = post.revision if cancels else post.revision - 1
        head["references"] = f"{sender()},{identifier(post, before)},{moment(warning.sent_at.astimezone(zone))}"
    for name, value in head.items():
        SubElement(root, name).text = value
    for language, words in warning.texts:
        _info(root, warning, language, words)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="utf-8")


def _info(root: Element, warning: Warning_, language: str, words: str) -> None:
    post, district = warning.post, warning.post.district
    ends = (post.expires_at or warning.sent_at + LASTS).astimezone(UTC).astimezone(district.zone)
    info = SubElement(root, "info")
    fields = {
        "language": TAGS.get(language, language),
        "category": "Security",
        "event": EVENTS.get(language, EVENTS["en"]),
        "responseType": "Avoid",
        "urgency": "Immediate" if post.urgent else "Expected",
        "severity": "Moderate",
        "certainty": "Observed",
        "effective": moment(warning.sent_at.astimezone(district.zone)),
        "expires": moment(ends),
        "senderName": settings.CONFIG.site.name,
        "headline": words.split("\n", 1)[0][:160],
        "description": words,
        "contact": district.hotline,
    }
    if warning.address:
        fields["web"] = warning.address
    order = list(fields)
    if "web" in order:  # the schema's sequence: …, description, instruction, web, contact
        order.remove("web")
        order.insert(order.index("contact"), "web")
    for name in order:
        SubElement(info, name).text = fields[name]
    area = SubElement(info, "area")
    SubElement(area, "areaDesc").text = district.name(language)
