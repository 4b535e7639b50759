"""The chart of accounts as a file: taken out, edited elsewhere, brought back; what is right in it is taken."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final, TypeVar

import msgspec
from django.db import transaction
from django.db.models import TextChoices
from django.urls import reverse
from django.utils.translation import get_language, gettext, override

from tilisilta.core.vat import VatTreatment
from tilisilta.services import audit
from tilisilta.services.access import Actor, require
from tilisilta.services.errors import ServiceError
from tilisilta.services.ledger import chart
from tilisilta.services.ledger.chart import AccountData
from tilisilta.services.tables import Cell, TableRow, cell, read_table, write_csv, write_xlsx
from tilisilta.store.models import AccountRole, AccountType, Company, LedgerAccount, Role

# English, Estonian, Finnish: a file is written in the reader's language and read in any.
COLUMNS: Final[dict[str, tuple[str, str, str]]] = {
    "number": ("Number", "Number", "Numero"),
    "name": ("Name", "Nimetus", "Nimi"),
    "type": ("Type", "Liik", "Laji"),
    "role": ("Stands for", "Otstarve", "Käyttö"),
    "vat_treatment": ("VAT treatment", "Käibemaksukäsitlus", "Alv-käsittely"),
    "vat_rate": ("VAT rate", "Käibemaksumäär", "Alv-kanta"),
    "is_active": ("In use", "Kasutusel", "Käytössä"),
}
_LANGUAGES: Final = ("en", "et", "fi")
_NO: Final = frozenset({"0", "no", "ei", "false"})
_MAX_ACCOUNTS: Final = 5_000
_T = TypeVar("_T")


class Refused(msgspec.Struct, frozen=True):
    """A row that was not taken: its line in the file and the rule."""

    line: int
    rule: str


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a file's rows."""

    created: int
    changed: int
    unchanged: int
    refused: tuple[Refused, ...] = ()


def export(company: Company, file_format: str) -> tuple[str, bytes]:
    """Return the name and bytes of the chart as a file; `file_format` is "csv" or "xlsx"."""
    language = (get_language() or "en")[:2]
    place = _LANGUAGES.index(language) if language in _LANGUAGES else 0
    headers = [names[place] for names in COLUMNS.values()]
    rows: list[list[Cell]] = [
        [
            row.number,
            row.name,
            str(AccountType(row.type).label),
            str(AccountRole(row.role).label) if row.role else "",
            str(chart.TREATMENT_NAMES.get(row.vat_treatment, row.vat_treatment)),
            row.vat_rate.normalize() if row.vat_rate else row.vat_rate,
            1 if row.is_active else 0,
        ]
        for row in chart.accounts(company)
    ]
    name = f"chart-of-accounts-{company.pk}.{file_format}"
    if file_format == "xlsx":
        return name, write_xlsx(headers, rows, title=gettext("Chart of accounts"))
    return name, write_csv(headers, rows)


@transaction.atomic
def read(actor: Actor, name: str, content: bytes) -> Imported:
    """Take a file's accounts into the chart: new ones are added, known ones changed; none is removed.

    A row that cannot be taken is told with its line and rule, and the others go on.

    Raises:
        Forbidden: the role is lower than an accountant's.
        ServiceError: the file as a whole cannot be read (FILE_...).
    """
    require(actor, Role.ACCOUNTANT)
    data = read_table(name, content, max_rows=_MAX_ACCOUNTS)
    places = data.columns(COLUMNS, required=("number", "name", "type"))
    known = {row.number: row for row in chart.accounts(actor.company)}
    seen: dict[str, int] = {}
    created = changed = unchanged = 0
    refused: list[Refused] = []
    for row in data.rows:
        try:
            wanted = _account(row, places, known)
            if first := seen.get(wanted.number):
                rule = gettext("account %(number)s stands on line %(first)s already")
                raise ValueError(rule % {"number": wanted.number, "first": first})  # noqa: TRY301  one way to refuse
            seen[wanted.number] = row.line
            held, is_new, is_changed = chart.store(actor.company, wanted, known.get(wanted.number))
        except (ServiceError, ValueError) as error:
            refused.append(Refused(row.line, str(error)))
            continue
        known[held.number] = held
        created += is_new
        changed += is_changed and not is_new
        unchanged += not is_changed
    link = reverse("chart", args=[actor.company.pk])
    audit.record(actor, "chart.imported", name, link, created=created, updated=changed, refused=len(refused))
    return Imported(created=created, changed=changed, unchanged=unchanged, refused=tuple(refused))


def _account(row: TableRow, places: Mapping[str, int], known: Mapping[str, LedgerAccount]) -> AccountData:
    """Return the account that a row tells; columns that the file lacks leave a known account as it is."""
    number = cell(row, places["number"])
    held = known.get(number)

    def told(field: str, read: Callable[[str], _T], before: _T) -> _T:
        return read(cell(row, places[field])) if field in places else before

    treatment = VatTreatment(held.vat_treatment) if held and held.vat_treatment else None
    return AccountData(
        number=number,
        name=cell(row, places["name"]),
        type=_type(cell(row, places["type"])),
        role=told("role", _role, AccountRole(held.role) if held else AccountRole.NONE),
        vat_treatment=told("vat_treatment", _treatment, treatment),
        vat_rate=told("vat_rate", _rate, held.vat_rate if held else None),
        is_active=told("is_active", lambda text: text.casefold() not in _NO, held.is_active if held else True),
    )


def _words(choices: type[TextChoices]) -> dict[str, str]:
    """Return values by what they are called in every language, and by themselves."""
    found = {str(value).casefold(): str(value) for value in choices.values if value}
    for language in _LANGUAGES:
        with override(language):
            found |= {str(label).casefold(): str(value) for value, label in choices.choices if value}
    return found


def _type(text: str) -> AccountType:
    value = _words(AccountType).get(text.casefold())
    if value is None:
        raise ValueError(gettext("unknown type of account: %(word)s") % {"word": text or "–"})
    return AccountType(value)


def _role(text: str) -> AccountRole:
    if not text or text in {"-", "–"}:
        return AccountRole.NONE
    value = _words(AccountRole).get(text.casefold())
    if value is None:
        raise ValueError(gettext("unknown purpose of an account: %(word)s") % {"word": text})
    return AccountRole(value)


def _treatment(text: str) -> VatTreatment | None:
    if not text:
        return None
    found = {each.value: each for each in VatTreatment}
    for language in _LANGUAGES:
        with override(language):
            found |= {str(name).casefold(): VatTreatment(value) for value, name in chart.TREATMENT_NAMES.items()}
    if (treatment := found.get(text.casefold())) is None:
        raise ValueError(gettext("unknown VAT treatment: %(word)s") % {"word": text})
    return treatment


def _rate(text: str) -> Decimal | None:
    try:
        return chart.valid_rate(text)
    except ValueError:
        raise ValueError(gettext("the VAT rate is not a number")) from None
