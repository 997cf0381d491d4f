"""The parts of Telegram's Bot API (10.1) that the product uses."""
