"""Meta's error codes and pywa's exceptions, turned into our six errors.

Codes: developers.facebook.com, WhatsApp Cloud API error codes and Groups API error codes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import httpx

from publisher.connectors.errors import (
    AccessLost,
    ConnectorError,
    OutcomeUnknown,
    RateLimited,
    Refused,
    TargetGone,
    Unavailable,
)
from publisher.connectors.network import failure

if TYPE_CHECKING:
    from pywa.errors import WhatsAppError

PAUSE = 60.0  # seconds, when Meta names none
WHOLE_ACCOUNT_TOO_FAST = {4, 429, 80007, 130429, 131064, 131211, 133016}
ONE_CHAT_TOO_FAST = {131056, 131208}
# Token, permission, registration, payment, or restricted for a breach of policy: nothing goes out until a person acts.
NO_ACCESS = {0, 3, 10, 190, *range(200, 300), 368, 401, 131005, 131031, 131042, 131045, 131048, 133010}
NO_TARGET = {131020, 131026, 131041, 131207, 131212}
NOBODY_KNOWS = {1, 2, 131000, 131016, 131201, 133004}  # 131201: some people of the group got it
CLOSED_FOR_REPAIR = 131057
# Refusals of this one message that people can do something about, by their own sentence.
REFUSED = {
    131047: "window_closed",  # more than 24 hours since that person wrote: only a template
    131049: "not_delivered_to_this_person",  # Meta keeps people from too many messages; not to be tried again
    130472: "not_delivered_to_this_person",
    131050: "opted_out",
    131204: "group_full",
    **dict.fromkeys((132000, 132001, 132005, 132007, 132012, 132015, 132016, 132018, 132068, 132069), "template_wrong"),
}


@contextmanager
def translated(token: str) -> Iterator[None]:
    """Around a call of the library: whatever it raises comes out as one of ours, without the token.

    Meta repeats a malformed token in its answer. The library raises other things when an answer is not Meta's.
    """
    from pywa.errors import WhatsAppError  # heavy: only for whoever has such an account

    try:
        yield
    except WhatsAppError as error:
        raise ours(error, token) from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise failure(error) from None
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise OutcomeUnknown(f"an answer that is not Meta's ({type(error).__name__})") from None


def ours(error: WhatsAppError, token: str) -> ConnectorError:
    """Pace first: Meta sends those codes with several HTTP statuses. Then 5xx, which outweighs any code."""
    code, detail = error.code, _detail(error, token)
    if code in ONE_CHAT_TOO_FAST:
        return RateLimited(detail, _pause(error.raw_response), scope="chat")
    if code in WHOLE_ACCOUNT_TOO_FAST or error.status_code == 429:
        return RateLimited(detail, _pause(error.raw_response), scope="account")
    if code == CLOSED_FOR_REPAIR:
        return Unavailable(detail)
    if code in NOBODY_KNOWS or (error.status_code or 0) >= 500:
        return OutcomeUnknown(detail)
    if code in NO_ACCESS:
        return AccessLost(detail)
    if code in NO_TARGET:
        return TargetGone(detail)
    return Refused(detail, reason=REFUSED.get(code, ""))


def _detail(error: WhatsAppError, token: str) -> str:
    text = f"{error.code}: {error.message}" + (f" ({error.details})" if error.details else "")
    return text.replace(token, "***")[:500]


def _pause(response: httpx.Response | None) -> float:
    given = response.headers.get("retry-after", "") if response is not None else ""
    return float(given) if given.replace(".", "", 1).isdigit() else PAUSE
