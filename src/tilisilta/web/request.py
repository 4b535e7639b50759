"""The request as views of company pages see it."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from tilisilta.services.access import Actor
from tilisilta.store.models import Company, User


class CompanyRequest(HttpRequest):
    """A request of a signed-in member, under `/c/<company_id>/`."""

    user: User
    company: Company
    actor: Actor
    htmx: HtmxDetails


class UserRequest(HttpRequest):
    """A request of a signed-in person outside of any company."""

    user: User
    htmx: HtmxDetails
