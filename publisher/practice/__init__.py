"""Practice platforms: a local server that stands in for Telegram and WhatsApp, for training and tests.

It imports nothing of the product and no Django; the product reaches it over HTTP like the real platforms.
"""

from publisher.practice.server import Practice

__all__ = ["Practice"]
