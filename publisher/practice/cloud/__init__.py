"""The parts of Meta's WhatsApp Cloud API that the product uses."""
