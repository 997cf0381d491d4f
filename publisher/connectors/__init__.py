"""The connectors we have. A new one is one module, one line here, and one test class."""

from publisher.connectors.base import Connector
from publisher.connectors.instagram import Instagram
from publisher.connectors.telegram import Telegram
from publisher.connectors.telegram_session import TelegramSession
from publisher.connectors.whatsapp_cloud import WhatsAppCloud
from publisher.connectors.whatsapp_gateway import WhatsAppGateway
from publisher.connectors.whatsapp_relay import WhatsAppRelay

CONNECTORS: dict[str, type[Connector]] = {
    c.description.key: c for c in (Telegram, TelegramSession, WhatsAppCloud, WhatsAppGateway, WhatsAppRelay, Instagram)
}
