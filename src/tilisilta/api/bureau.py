"""The caller's company as a bureau: operations of the practice module are answered only while it is on."""

from django.http import HttpRequest

from tilisilta.api.guard import actor_of
from tilisilta.services.practice.settings import require_on
from tilisilta.store.models import Company


def bureau_of(request: HttpRequest) -> Company:
    """Return the caller's company. Raises: ServiceError: PRACTICE_OFF."""
    company = actor_of(request).company
    require_on(company)
    return company
