"""All addresses: pages at the root, the API under /api/v1/."""

from django.urls import include, path

from tilisilta.api import api

urlpatterns = [
    path("api/v1/", api.urls),
    path("", include("tilisilta.web.urls")),
]
