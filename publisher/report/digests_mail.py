"""A digest as a letter, by Django's mail backends; says honestly whether it can have left."""

from __future__ import annotations

import smtplib
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage, get_connection


class NotSent(Exception):
    """Certainly not accepted by the server. `for_good`: this address or letter will not be taken later either."""

    def __init__(self, detail: str, reason: str = "mail_unavailable", *, for_good: bool = False) -> None:
        super().__init__(detail)
        self.reason, self.for_good = reason, for_good


class Unclear(Exception):
    """The connection broke while the letter was under way."""


REFUSED = (
    smtplib.SMTPRecipientsRefused,
    smtplib.SMTPSenderRefused,
    smtplib.SMTPDataError,
    smtplib.SMTPNotSupportedError,
)


def has_mail() -> bool:
    """In practice letters are files, so there is always a way."""
    return settings.CONFIG.mail is not None or settings.CONFIG.practice


def post_letter(to: str, subject: str, text: str, name: str, card: bytes, pdf: bytes, key: str) -> None:
    """Raises NotSent or Unclear. The letter's own id is the digest's, so that a second copy would be known as one."""
    if not has_mail():
        raise NotSent("config.yaml has no mail: section", "mail_not_set_up")
    host = urlsplit(settings.CONFIG.site.public_url).hostname or "localhost"
    letter = EmailMessage(subject, text, to=[to], headers={"Message-ID": f"<{key}@{host}>"})
    letter.attach(f"{name}.pdf", pdf, "application/pdf")
    letter.attach(f"{name}.png", card, "image/png")
    connection = get_connection(fail_silently=False)
    try:
        connection.open()
    except smtplib.SMTPAuthenticationError as error:
        raise NotSent(str(error), "mail_refused") from error
    except (smtplib.SMTPException, OSError) as error:
        raise NotSent(str(error)) from error
    letter.connection = connection
    try:
        letter.send()
    except REFUSED as error:
        raise NotSent(str(error), "mail_refused", for_good=not _passing(error)) from error
    except (smtplib.SMTPException, OSError) as error:
        raise Unclear(repr(error)) from error
    finally:
        _close(connection)


def _passing(error: smtplib.SMTPException) -> bool:
    """4xx: the server asks to come again; 5xx: never."""
    codes = [error.smtp_code] if isinstance(error, smtplib.SMTPResponseException) else []
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = [code for code, _text in error.recipients.values()]
    return bool(codes) and all(400 <= code < 500 for code in codes)


def _close(connection) -> None:  # type: ignore[no-untyped-def]
    try:
        connection.close()
    except (smtplib.SMTPException, OSError):
        return  # the letter's fate is known already
