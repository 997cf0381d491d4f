"""The chats as residents see them on a phone, in a browser."""
