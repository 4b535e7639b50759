"""All pages. One line per subject; pages of a company live under `/c/<company_id>/`.

A subject's `urls.py` names its own paths below that ("connections/new/"); the middleware turns `company_id` into
`request.company` and `request.actor`.
"""

from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView

from tilisilta.web.accounts import views as accounts
from tilisilta.web.pull import views as pull

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
    "register_codes",
    "id_map",
    "matches",
    "files",
    "workspace",
    "ledger",
    "approval",
    "closing",
    "guides",
    "forwarding",
    "pull",
    "practice",
    "tasks",
    "books",
    "summaries",
    "billing",
)

urlpatterns: list[URLPattern | URLResolver] = [
    path("", accounts.home, name="home"),
    path("", include("tilisilta.web.accounts.urls")),
    # The address is the sign-in name and stays; allauth's page of addresses leads to the profile.
    path("account/email/", RedirectView.as_view(pattern_name="profile")),
    path("account/", include("allauth.urls")),
    path("pull/<int:connection_id>/webservice/S3/API.svc", pull.endpoint, name="pull-service"),
    path("pull/<int:connection_id>/webservice/S3/API.svc/<path:rest>", pull.endpoint, name="pull-service-part"),
    path("webservice/S3/API.svc", pull.endpoint, name="pull-service-root"),
    path("webservice/S3/API.svc/<path:rest>", pull.endpoint, name="pull-service-root-part"),
    path(
        "c/<int:company_id>/",
        include([path("", include(f"tilisilta.web.{name}.urls")) for name in _COMPANY_SUBJECTS]),
    ),
]
