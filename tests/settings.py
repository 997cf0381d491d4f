"""The product's settings on a deployment of its own: pytest-django reads them before any conftest.py is loaded."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

_root = Path(__file__).resolve().parent.parent
_home = Path(tempfile.mkdtemp(prefix="publisher-test-"))
atexit.register(shutil.rmtree, _home, ignore_errors=True)
_config = (_root / "tests/home/config.yaml").read_text(encoding="utf-8")
_given = os.environ.get("PUBLISHER_TEST_DATABASE")  # the same tests on another database
(_home / "config.yaml").write_text(
    _config.replace("sqlite:///var/publisher.sqlite3", _given) if _given else _config, encoding="utf-8"
)
for _name in ("content", "media", "schedules"):
    (_home / _name).symlink_to(_root / _name)
os.environ["PUBLISHER_HOME"] = str(_home)
os.environ.pop("PUBLISHER_PRACTICE", None)
os.environ |= {
    "TEST_TELEGRAM_TOKEN": "123456:TEST-token",
    "TEST_WHATSAPP_TOKEN": "test-whatsapp-token",
    "TEST_WHATSAPP_SECRET": "test-app-secret",
    "TEST_WHATSAPP_VERIFY": "test-verify",
}

from publisher.settings import *  # noqa: E402, F403
