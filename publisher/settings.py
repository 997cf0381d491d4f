"""Django's settings, all of them derived from the deployment's config.yaml and folder."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from publisher.config import find_home, load
from publisher.once import made_once

PACKAGE = Path(__file__).resolve().parent
HOME = find_home()
CONFIG = load(HOME)


def _secret_key() -> str:
    return made_once(HOME.var / "secret_key", lambda: secrets.token_urlsafe(64).encode()).decode().strip()


def database_for(url: str) -> dict[str, object]:
    """Django's settings for the address that config.yaml names."""
    if url.startswith("sqlite:///"):
        # FULL: a "sending" mark lost in a power cut would be a second post. IMMEDIATE: no deadlock on upgrade.
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(HOME.path / url.removeprefix("sqlite:///")),
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=20000;",
            },
        }
    parts = urlsplit(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or "") or os.environ.get("PGPASSWORD", ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": dict(parse_qsl(parts.query)),  # sslmode=require and the like: never dropped without a word
    }


SECRET_KEY = _secret_key()
DEBUG = False
_public = urlsplit(CONFIG.site.public_url)
_beside = [urlsplit(getattr(one, "hook_url", "")).hostname for one in CONFIG.accounts.values()]  # a gateway's way here
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]", *filter(None, [_public.hostname, *_beside])]
CSRF_TRUSTED_ORIGINS = [f"{_public.scheme}://{_public.netloc}"]
DATABASES = {"default": database_for(CONFIG.database)}
if CONFIG.database.startswith("sqlite:///"):
    Path(str(DATABASES["default"]["NAME"])).parent.mkdir(parents=True, exist_ok=True)

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "axes",
    "csp",
    "django_htmx",
    "publisher.people",
    "publisher.compose",
    "publisher.render",
    "publisher.plan",
    "publisher.deliver",
    "publisher.measure",
    "publisher.relay",
    "publisher.hotline",
    "publisher.residents",
    "publisher.report",
    "publisher.api",
    "publisher.console",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "publisher.console.middleware.Permissions",
    "publisher.console.compressed.CompressedStatic",
    "django.middleware.gzip.GZipMiddleware",  # after it: files are compressed already
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "publisher.console.middleware.UserLanguage",
    "publisher.console.middleware.LogInFirst",
    "django.contrib.messages.middleware.MessageMiddleware",
    "publisher.console.middleware.Visits",
    "publisher.console.middleware.ButtonsOnly",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "publisher.urls"
ASGI_APPLICATION = "publisher.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "publisher.console.context.site",
            ],
        },
    },
]

AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "publisher.people.passwords.NotOurWords"},
]
CSRF_FAILURE_VIEW = "publisher.console.views.errors.stale_form"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "today"
LOGOUT_REDIRECT_URL = "login"
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_TEMPLATE = "console/locked_out.html"
AXES_VERBOSE = False
AXES_RESET_ON_SUCCESS = True

LANGUAGE_CODE = "kk"
LANGUAGES = [("kk", _("Kazakh")), ("ru", _("Russian")), ("en", _("English"))]
LOCALE_PATHS = [PACKAGE / "locale"]
FORMAT_MODULE_PATH = ["publisher.formats"]
TIME_ZONE = CONFIG.site.time_zone
USE_I18N = USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = HOME.folder("static")
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
UPLOADS = HOME.var / "uploads"
RENDITIONS = HOME.var / "renditions"
FILE_UPLOAD_TEMP_DIR = str(HOME.folder("tmp"))
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

_https = _public.scheme == "https"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _https
if _https:  # a cookie of this kind cannot be set by a neighbouring host, nor without TLS
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME, LANGUAGE_COOKIE_NAME = "__Host-session", "__Host-csrf", "__Host-language"
    SECURE_HSTS_SECONDS, SECURE_HSTS_INCLUDE_SUBDOMAINS = 365 * 24 * 3600, True
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = CONFIG.security.session_hours * 3600
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
if CONFIG.server.trusted_proxies:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "media-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    },
}

EMAIL_TIMEOUT = 30  # seconds
if CONFIG.practice:  # letters are files there
    EMAIL_BACKEND, EMAIL_FILE_PATH = "django.core.mail.backends.filebased.EmailBackend", str(HOME.folder("letters"))
    DEFAULT_FROM_EMAIL = CONFIG.mail.sender if CONFIG.mail else "practice@localhost"
elif CONFIG.mail:
    EMAIL_HOST, EMAIL_PORT = CONFIG.mail.host, CONFIG.mail.port
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = CONFIG.mail.user, CONFIG.mail.password
    EMAIL_USE_TLS, EMAIL_USE_SSL = CONFIG.mail.security == "starttls", CONFIG.mail.security == "tls"
    DEFAULT_FROM_EMAIL = CONFIG.mail.sender
else:
    EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "publisher.quietlog.QuietFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s: %(message)s",
        },
        "json": {"()": "publisher.jsonlog.JsonFormatter", "format": "%(message)s"},
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json" if CONFIG.log == "json" else "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "publisher": {"level": "INFO"},
        "axes": {"level": "ERROR"},
        "apscheduler": {"level": "ERROR"},  # a look that is left out because the last one still runs is as it should be
        # These write whole addresses into the log, and Telegram's hold the token.
        "httpx": {"level": "WARNING"},
        "httpcore": {"level": "WARNING"},
    },
}
