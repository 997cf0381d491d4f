"""One request to the gateway, and what its refusal means. Our own settings of the account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import httpx
from pydantic import Field, SecretStr

from publisher.connectors.base import Settings
from publisher.connectors.errors import ConnectorError, OutcomeUnknown, Unavailable
from publisher.connectors.network import failure, keep_quiet
from publisher.connectors.whatsapp_gateway_errors import refusal

TIMEOUT = httpx.Timeout(connect=10, read=90, write=120, pool=30)  # seconds; the gateway answers when WhatsApp did


class WhatsAppGatewaySettings(Settings, frozen=True):
    """`session` is the gateway's name for the linked phone; `hook_secret` signs what it tells us.

    `hook_url` is where the gateway reaches this console, when that is not the site's public address.
    """

    type: Literal["whatsapp_gateway"] = "whatsapp_gateway"
    api_url: str = "http://127.0.0.1:3000"
    token: SecretStr
    hook_secret: SecretStr = SecretStr("")
    session: str = Field("default", pattern=r"^[\w-]{1,54}$")
    hook_url: str = ""


class Door:
    """Used by the connector's parts; `transport` is the seam for fakes."""

    def __init__(self, settings: WhatsAppGatewaySettings, transport: httpx.AsyncBaseTransport | None) -> None:
        keep_quiet()
        self.settings = settings
        self._http = httpx.AsyncClient(
            base_url=settings.api_url.rstrip("/"),
            headers={"X-Api-Key": settings.token.get_secret_value()},
            timeout=TIMEOUT,
            transport=transport,
        )

    async def close(self) -> None:
        await self._http.aclose()

    async def asked(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        whole: bool = False,
        harmless: bool = False,
    ) -> Any:
        """One request. `whole`: the path is complete; else it is below the session's own.

        `harmless`: it shows nothing to anybody, so that an answer that is lost leaves nothing unknown.
        """
        address = path if whole else f"/api/{self.settings.session}{path}"
        harmless = harmless or method == "GET"
        try:
            reply = await self._http.request(method, address, json=body)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise _known(failure(error), harmless=harmless) from None
        if reply.is_success:
            try:
                return reply.json() if reply.content else {}
            except ValueError:
                raise _known(OutcomeUnknown("an answer that is not JSON"), harmless=harmless) from None
        secret = self.settings.token.get_secret_value()
        raise _known(refusal(reply, secret), harmless=harmless) from None


def _known(error: ConnectorError, *, harmless: bool) -> ConnectorError:
    """A question that was not answered changed nothing."""
    return Unavailable(error.detail) if harmless and isinstance(error, OutcomeUnknown) else error
