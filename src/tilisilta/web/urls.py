"""All pages. One line per subject; pages of a company live under `/c/<company_id>/`.

A subject's `urls.py` names its own paths below that ("connections/new/"), and its views take `company_id` first.
"""

from importlib import import_module

from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView

from tilisilta.web.accounts import views as accounts

_COMPANY_SUBJECTS = (
    "today",
    "company",
    "notices",
    "audit",
    "tokens",
    "connections",
    "integrations",
    "imports",
    "runs",
    "documents",
    "problems",
    "mappings",
    "id_map",
    "matches",
    "files",
)


def _present() -> list[str]:
    """Return the subjects' modules that are there."""
    modules = []
    for name in _COMPANY_SUBJECTS:
        try:
            import_module(f"tilisilta.web.{name}.urls")
        except ImportError:
            continue
        modules.append(f"tilisilta.web.{name}.urls")
    return modules


urlpatterns: list[URLPattern | URLResolver] = [
    path("", accounts.home, name="home"),
    path("", include("tilisilta.web.accounts.urls")),
    # The address is the sign-in name and stays; allauth's page of addresses leads to the profile.
    path("account/email/", RedirectView.as_view(pattern_name="profile")),
    path("account/", include("allauth.urls")),
    path("c/<int:company_id>/", include([path("", include(module)) for module in _present()])),
]
