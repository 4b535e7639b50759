"""What every test with pages needs: plain static files, quick passwords, e-mails kept in memory."""

import pytest


@pytest.fixture(autouse=True)
def _quick_settings(settings):
    settings.STORAGES = {
        **settings.STORAGES,
        # The manifest of the real storage is made by collectstatic, which tests do not run.
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.WHITENOISE_AUTOREFRESH = True
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
