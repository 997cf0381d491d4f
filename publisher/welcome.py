"""What the terminal says when the program starts: where the console is, and the first administrator's link."""

from __future__ import annotations

from django.conf import settings

from publisher.people.invitations import invite, link
from publisher.people.models import Role, User


def lines(port: int | None = None, *, apart: bool = False) -> list[str]:
    """`apart`: the practice platforms are not in this process."""
    said = [f"The console is open: {_console(port)}"]
    if settings.CONFIG.practice:
        said.insert(0, "Practice mode: everything goes to practice chats on this computer, nothing to residents.")
        said.append(practice_chats() + (" while “publisher practice” runs" if apart else ""))
    if not User.objects.filter(role=Role.ADMIN, is_active=True).exists():
        first = link(invite(Role.ADMIN)).replace(settings.CONFIG.site.public_url.rstrip("/"), _console(port))
        said.append(f"First administrator, open this once and choose a password: {first}")
    return said


def practice_chats() -> str:
    return f"Practice chats:      http://127.0.0.1:{settings.CONFIG.server.practice_port}/practice/"


def _console(port: int | None) -> str:
    if port and port != settings.CONFIG.server.port:
        return f"http://127.0.0.1:{port}"
    return settings.CONFIG.site.public_url.rstrip("/")
