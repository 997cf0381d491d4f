"""Web addresses in a message: those of known offices pass, those that imitate one or end oddly are told."""

from __future__ import annotations

import re
from collections.abc import Collection

Trusted = Collection[str]
_KNOWN = """
    gov.kz egov.kz polisia.kz kaspi.kz halykbank.kz homebank.kz post.kz qazpost.kz kazpost.kz olx.kz kolesa.kz
    krisha.kz wildberries.kz wildberries.ru ozon.kz ozon.ru hh.kz enbek.kz kgd.gov.kz nationalbank.kz telegram.org
    t.me whatsapp.com wa.me instagram.com youtube.com youtu.be google.com 2gis.kz damumed.kz kundelik.kz bilimclass.kz
    tengrinews.kz zakon.kz beeline.kz kcell.kz tele2.kz altel.kz magnum.kz forte.kz bcc.kz jusan.kz otbasybank.kz
    hcsbk.kz enpf.kz tiktok.com zoom.us
"""
KNOWN = frozenset(_KNOWN.split())
BRANDS = re.compile(
    r"kaspi|egov|gov|halyk|homebank|[kq]a[sz]?-?post|olx|kolesa|krisha|kgd|salyq|nalog|tax|enpf|whats|telegram|tele2"
    r"|beeline|police|polic|magnum|wildber|wb-|kmg|kazmunay|dostavka|delivery|shtraf|aiyppul|bank"
)
_ODD_ENDS = """
    top info site cc help gift xyz online click live shop club icu buzz fun vip work link pro space website store
    sbs cfd rest lat monster quest cyou ru.com su tk ml ga cf gq
"""
ODD_ENDS = frozenset(_ODD_ENDS.split())


def suspicious(host: str, trusted: Trusted = ()) -> bool:
    """No proof: an address nobody knows may be honest, so plain unknown ones in .kz and .ru do not count."""
    if host.endswith(".apk") or is_known(host, trusted):
        return False
    return bool(BRANDS.search(host)) or host.rsplit(".", 1)[-1] in ODD_ENDS or host.startswith("xn--")


def is_known(host: str, trusted: Trusted = ()) -> bool:
    return any(host == known or host.endswith(f".{known}") for known in (*KNOWN, *trusted))
