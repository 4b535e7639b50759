"""Django settings, from the environment only (`TILISILTA_*`, `_FILE` for secrets), loud on bad values.

`tilisilta config show` lists every setting, its value and where it came from.
"""

import secrets
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from tilisilta.environment import kept_secret, read

PACKAGE_DIR = Path(__file__).resolve().parent

DATA_DIR = Path(read("DATA_DIR", "./var", help="Directory of the databases, keys and logs")).resolve()
DATA_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)  # the databases in it are nobody else's to read

SECRET_KEY = read("SECRET_KEY", "", is_secret=True, help="Key of sessions and sign-in links") or kept_secret(
    DATA_DIR / "secret_key", lambda: secrets.token_urlsafe(50)
)
# Fernet keys that seal credentials, newest first, separated by commas. Empty: one kept in the data directory.
CREDENTIAL_KEYS = read("CREDENTIAL_KEYS", "", is_secret=True, help="Fernet keys that seal credentials, newest first")

DEBUG = read("DEBUG", "false", kind="bool", help="Show details of errors in pages; never on in use")
BASE_URL = read("BASE_URL", "http://127.0.0.1:8000", help="Address under which people reach the pages").rstrip("/")
_base = urlsplit(BASE_URL)
if _base.scheme not in {"http", "https"} or not _base.hostname:
    raise ImproperlyConfigured(f"TILISILTA_BASE_URL must be an http or https address, not {BASE_URL!r}")
ALLOWED_HOSTS = [
    host.strip()
    for host in read("ALLOWED_HOSTS", f"{_base.hostname},localhost,127.0.0.1", help="Host names served").split(",")
    if host.strip()
]
CSRF_TRUSTED_ORIGINS = [f"{_base.scheme}://{_base.netloc}"]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_htmx",
    "heroicons",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "tilisilta.store",
    "tilisilta.web",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "tilisilta.web.middleware.HeadersMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "tilisilta.web.middleware.LanguageMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "tilisilta.web.middleware.BodySizeMiddleware",
    "tilisilta.web.middleware.CompanyMiddleware",
]

ROOT_URLCONF = "tilisilta.urls"
WSGI_APPLICATION = "tilisilta.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [PACKAGE_DIR / "web" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "tilisilta.web.context.frame",
            ],
            "builtins": ["heroicons.templatetags.heroicons", "tilisilta.web.templatetags.tilisilta"],
        },
    },
]

DATABASE_URL = read(
    "DATABASE_URL", "", is_secret=True, help="postgresql://... ; empty for SQLite in the data directory"
)


def _database(url: str) -> dict[str, object]:
    if not url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": DATA_DIR / "tilisilta.sqlite3",
            "CONN_MAX_AGE": 600,
            "OPTIONS": {
                # Measured: without IMMEDIATE a third of the workflows failed with "database is locked".
                "transaction_mode": "IMMEDIATE",
                "timeout": 30,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-32000;",
            },
        }
    parts = urlsplit(url)
    if parts.scheme not in {"postgresql", "postgres"}:
        raise ImproperlyConfigured("TILISILTA_DATABASE_URL must start with postgresql://")
    options = dict(parse_qsl(parts.query))
    host = options.pop("host", "")  # a socket's directory has no place before the path
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or "") or host,
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,  # sslmode and the like: what was asked for must not be dropped in silence
    }


DATABASES = {"default": _database(DATABASE_URL)}
# The durable engine keeps its own tables: a file of its own on SQLite, a schema of its own on PostgreSQL.
ENGINE_DATABASE_URL = read(
    "ENGINE_DATABASE_URL", "", is_secret=True, help="Database of the durable engine; empty: beside the application's"
) or (DATABASE_URL or f"sqlite:///{DATA_DIR / 'engine.sqlite3'}")
RUNS_AT_ONCE = read("RUNS_AT_ONCE", "8", kind="int", help="Runs that one worker does at the same time")
ROUND_S = read("ROUND_S", "10", kind="seconds", help="Seconds between a worker's looks for what is due")
KEY_DOORS = read(
    "KEY_DOORS", "", help="Doors of the import wizard, as vendor=address, separated by semicolons; empty: closed"
)
KEY_NAMES = read(
    "KEY_NAMES",
    "Tilisilta; Uku",
    help="Names of the keys that the import wizard links, semicolons between; keys that it makes bear the first",
)
SPREAD_CLIENTS = read(
    "SPREAD_CLIENTS", "1", kind="bool", help="Spread a night's summaries of many clients over an hour"
)
LEASE_S = read("LEASE_S", "60", kind="seconds", help="Seconds after which a silent worker's run is taken over")
WORKER_ID = read("WORKER_ID", "local", help="Stable name of this worker; each worker of a bureau has its own")

AUTH_USER_MODEL = "store.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_SESSION_REMEMBER = True
_FORMS = "tilisilta.web.accounts.forms"
ACCOUNT_FORMS = {
    "login": f"{_FORMS}.SignInForm",
    "reauthenticate": f"{_FORMS}.PasswordAgainForm",
    "change_password": f"{_FORMS}.PasswordChangeForm",
    "reset_password": f"{_FORMS}.PasswordForgottenForm",
    "reset_password_from_key": f"{_FORMS}.NewPasswordForm",
}
ACCOUNT_ADAPTER = "tilisilta.web.accounts.adapter.AccountAdapter"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
MFA_ADAPTER = "tilisilta.web.accounts.adapter.MfaAdapter"
MFA_TOTP_ISSUER = "Tilisilta"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]

LANGUAGE_CODE = "en"
LANGUAGES = [("et", _("Estonian")), ("fi", _("Finnish")), ("en", _("English"))]
LOCALE_PATHS = [PACKAGE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
USE_THOUSAND_SEPARATOR = True

STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS: list[Path] = []
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = DEBUG
DATA_UPLOAD_MAX_MEMORY_SIZE = 60 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FILES = 1_000  # twice what one upload may hold, so that it is told in words of ours
# Whole requests to pages: of people who are signed in, and of strangers, who only fill in short forms.
REQUEST_MAX_BYTES = 512 * 1024 * 1024
STRANGERS_REQUEST_MAX_BYTES = 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 12_000  # a tick for each row of the longest table of clients, and some more

_is_https = _base.scheme == "https"
SESSION_COOKIE_SECURE = _is_https
CSRF_COOKIE_SECURE = _is_https
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 60 * 60 * 12
SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365 if _is_https else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if read("TRUST_PROXY", "false", kind="bool", help="A proxy in front sets X-Forwarded-Proto"):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

EMAIL_HOST = read("EMAIL_HOST", "", help="SMTP server for notices; empty: notices only in the application")
EMAIL_PORT = read("EMAIL_PORT", "587", kind="int", help="SMTP port")
EMAIL_HOST_USER = read("EMAIL_USER", "", help="SMTP user")
EMAIL_HOST_PASSWORD = read("EMAIL_PASSWORD", "", is_secret=True, help="SMTP password")
EMAIL_USE_TLS = read("EMAIL_TLS", "true", kind="bool", help="STARTTLS towards the SMTP server")
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = read("EMAIL_FROM", "Tilisilta <tilisilta@localhost>", help="Sender of notices")
EMAIL_BACKEND = (
    "django.core.mail.backends.smtp.EmailBackend" if EMAIL_HOST else "django.core.mail.backends.dummy.EmailBackend"
)

FOLDER_ROOT = read("FOLDER_ROOT", "", help="Directory of watched folders; empty: inbox in the data directory")
TARGET_FOLDERS = read(
    "TARGET_FOLDERS",
    "",
    help="Directories below which connections may put files, semicolons between; 7=/path: company 7 alone",
)
LOG_LEVEL = read("LOG_LEVEL", "INFO", help="DEBUG, INFO, WARNING or ERROR")
LOGGING_CONFIG = None
VENDOR_LIMITS = read(
    "VENDOR_LIMITS", "true", kind="bool", help="Keep to the vendors' request limits; off only against emulators"
)
ALLOW_LOCAL_VENDORS = read(
    "ALLOW_LOCAL_VENDORS", "false", kind="bool", help="Let connections lead to this machine and private networks"
)
API_REQUESTS_PER_MINUTE = read("API_REQUESTS_PER_MINUTE", "1200", kind="int", help="Calls of the API a token may make")
DOCUMENT_LEVEL = read(
    "DOCUMENT_LEVEL",
    "",
    help="Who may send document by document to targets that post by themselves: all, or company numbers; empty: nobody",
)
PULL_SERVICE = read(
    "PULL_SERVICE", "false", kind="bool", help="Let other systems fetch documents over SOAP, each connection by its key"
)
REGISTER_URL = read(
    "REGISTER_URL",
    "https://avaandmed.ariregister.rik.ee/sites/default/files/avaandmed/ettevotja_rekvisiidid__lihtandmed.csv.zip",
    help="Address of the business register's open-data file, fetched daily; empty: never",
)
REGISTER_SEARCH_URL = read(
    "REGISTER_SEARCH_URL",
    "https://ariregister.rik.ee/est/api/autocomplete",
    help="Address of the business register's search, for companies that the file lacks; empty: never",
)
DEMO_SIGN_IN = read("DEMO_SIGN_IN", "", help="Shown on the sign-in page; set by `tilisilta demo` only")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
