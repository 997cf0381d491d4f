"""Who did something, as a page shows it. The trail keeps the plain name; only the program's own ones are translated."""

from __future__ import annotations

import re

from django.utils.translation import gettext

from publisher.people.audit import SYSTEM
from publisher.samples import TRAINER

PLAN = re.compile(rf"{re.escape(SYSTEM.name)} \((.+)\)$")
SHELL = re.compile(r"(.+) \(command line\)$")


def shown(name: str) -> str:
    if name == SYSTEM.name:
        return gettext("the program")
    if name == TRAINER.name:
        return gettext("practice mode")
    if plan := PLAN.match(name):
        return gettext("the plan “%(plan)s”") % {"plan": plan[1]}
    if shell := SHELL.match(name):
        return gettext("%(name)s (command line)") % {"name": shell[1]}
    return name
