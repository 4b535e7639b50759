"""Charts of accounts to begin with: by country, the usual accounts of a small company."""

import datetime as dt
from decimal import Decimal
from functools import lru_cache
from typing import Final

import msgspec

from tilisilta.core.vat import VatTreatment, standard_rate
from tilisilta.services.ledger import templates_ee, templates_fi
from tilisilta.store.models import AccountRole, AccountType

_ROWS: Final = {"EE": templates_ee.ROWS, "FI": templates_fi.ROWS}
TEMPLATES: Final = tuple(_ROWS)
_STANDARD: Final = "std"


class TemplateAccount(msgspec.Struct, frozen=True, kw_only=True):
    """One account of a template; `vat_rate` is the rate in force on the day that the chart is made."""

    number: str
    name: str
    type: AccountType
    role: AccountRole
    vat_treatment: VatTreatment | None
    vat_rate: Decimal | None


@lru_cache(maxsize=16)
def template(country: str, day: dt.date) -> tuple[TemplateAccount, ...]:
    """Return the chart of a country as it is on a day.

    Raises:
        KeyError: there is no template of this name.
    """
    return tuple(_account(line, country, day) for line in _ROWS[country].strip().splitlines() if line.strip())


def _account(line: str, country: str, day: dt.date) -> TemplateAccount:
    number, name, kind, role, treatment, rate = (cell.strip() for cell in line.split("|"))
    percent = standard_rate(country, day) if rate == _STANDARD else Decimal(rate) if rate else None
    return TemplateAccount(
        number=number,
        name=name,
        type=AccountType(kind),
        role=AccountRole(role),
        vat_treatment=VatTreatment(treatment) if treatment else None,
        vat_rate=percent,
    )
