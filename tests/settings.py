"""Settings of the tests: the product's own, on a data directory of this process.

The default is SQLite in a real file, so that worker processes of the tests open the same database. With
TILISILTA_TEST_DATABASE=postgres a real PostgreSQL is started from its wheel.
"""

import os
import tempfile
from pathlib import Path

_worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
_data = Path(tempfile.mkdtemp(prefix=f"tilisilta-tests-{_worker}-"))
os.environ["TILISILTA_DATA_DIR"] = str(_data)
os.environ.setdefault("TILISILTA_VENDOR_LIMITS", "false")
os.environ.setdefault("TILISILTA_ALLOW_LOCAL_VENDORS", "true")
os.environ.setdefault("TILISILTA_LOG_LEVEL", "ERROR")
os.environ.setdefault("TILISILTA_LEASE_S", "5")
# Workers of the tests leave the real register alone.
os.environ.setdefault("TILISILTA_REGISTER_URL", "")
os.environ.setdefault("TILISILTA_REGISTER_SEARCH_URL", "")

_is_postgres = os.environ.get("TILISILTA_TEST_DATABASE") == "postgres"
if _is_postgres:
    from tests.support.postgres import create_database, server_uri

    _name = f"tilisilta_{_worker}_{os.getpid()}"
    os.environ["TILISILTA_DATABASE_URL"] = create_database(server_uri(), _name)

from tilisilta.settings import *  # noqa: E402, F403
from tilisilta.settings import DATABASES, STORAGES  # noqa: E402

if _is_postgres:
    DATABASES["default"]["TEST"] = {"NAME": DATABASES["default"]["NAME"], "MIGRATE": True}
else:
    DATABASES["default"]["TEST"] = {"NAME": _data / "tilisilta.sqlite3"}

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
# The manifest of the real storage is made by collectstatic, which most tests do not run.
STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
WHITENOISE_AUTOREFRESH = True
