"""A bureau's clients: made, changed, and filled from the business register."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from tilisilta.services import audit, register
from tilisilta.services.access import Actor, require
from tilisilta.services.errors import ServiceError
from tilisilta.services.practice import client_checks, values
from tilisilta.services.practice.errors import FieldErrors
from tilisilta.services.practice.settings import members_of, require_on
from tilisilta.services.practice.values import Raw
from tilisilta.services.register import Registered
from tilisilta.store.models import (
    AuditEntry,
    Client,
    ClientGroup,
    ClientImport,
    Company,
    FieldSubject,
    RegisterMark,
    Role,
    User,
)

_TEXTS: Final = (
    "name", "initials", "code", "street", "city", "postal_code", "email", "phone", "notes", "billing_email",
)  # fmt: skip
_BATCH: Final = 500
_AS_GIVEN: Final = (*_TEXTS, "is_active", "needs_time", "needs_topic", "payment_term_days")


class ClientContent(msgspec.Struct, frozen=True, kw_only=True):
    """A client as a person writes it. `values` are those of custom fields, by the field's id as text or by its name.

    `register_mark` is what the business register said when it has been asked already; otherwise it is asked when the
    client is saved. With `keeps_other_values` fields that `values` does not name stay as they are, required or not.
    """

    name: str
    kind: str = "company"
    is_active: bool = True
    initials: str = ""
    code: str = ""
    registry_code: str = ""
    vat_number: str = ""
    street: str = ""
    city: str = ""
    postal_code: str = ""
    country: str = "EE"
    language: str = ""
    email: str = ""
    phone: str = ""
    default_member_id: int | None = None
    group_ids: tuple[int, ...] = ()
    notes: str = ""
    needs_time: bool = False
    needs_topic: bool = False
    values: Mapping[str, Raw] = {}
    billing_email: str = ""
    payment_term_days: int | None = None
    billed_to_id: int | None = None
    register_mark: str = ""
    keeps_other_values: bool = False


def content_of(client: Client) -> ClientContent:
    """Return a stored client as content to change parts of; its custom values are kept unless they are given."""
    plain = {name: getattr(client, name) for name in _AS_GIVEN}
    return ClientContent(
        **plain,
        kind=client.kind,
        registry_code=client.registry_code,
        vat_number=client.vat_number,
        country=client.country,
        language=client.language,
        default_member_id=client.default_member_id,
        group_ids=tuple(client.groups.values_list("pk", flat=True)),
        billed_to_id=client.billed_to_id,
        keeps_other_values=True,
    )


def get_client(company: Company, pk: int) -> Client:
    """Return a client of a company; Client.DoesNotExist otherwise."""
    return Client.objects.select_related("default_member", "billed_to", "company").get(company=company, pk=pk)


def get_clients(company: Company, pks: Iterable[int]) -> list[Client]:
    """Return clients by name. Raises: Client.DoesNotExist: one of them is another company's or gone."""
    wanted = set(pks)
    found = list(Client.objects.filter(company=company, pk__in=wanted).order_by("name", "pk"))
    if len(found) != len(wanted):
        raise Client.DoesNotExist
    return found


def active_clients(company: Company) -> QuerySet[Client]:
    """Return the clients that work is done for, by name."""
    return Client.objects.filter(company=company, is_active=True).order_by("name", "pk")


def payers_for(company: Company, client: Client | None = None) -> list[tuple[int, str]]:
    """Return the clients, by id and name, who may pay a client's invoices: active ones, and who pays them now."""
    found = Client.objects.filter(company=company).filter(
        Q(is_active=True) | Q(pk=client.billed_to_id if client else None)
    )
    names = found.order_by("name", "pk").values_list("pk", "name")
    return [(pk, name) for pk, name in names if client is None or pk != client.pk]


def find_by_code(company: Company, country: str, registry_code: str) -> Client | None:
    """Return the client of a registry code, however it is written; None when there is none."""
    code = client_checks.bare_registry_code(registry_code, country)
    return Client.objects.filter(company=company, country=country, registry_code=code).first() if code else None


def create_client(actor: Actor, content: ClientContent) -> Client:
    """Make a client.

    Raises:
        Forbidden: the role is too low.
        ServiceError: PRACTICE_OFF, CLIENT_CODE_TAKEN (with the other client's `client_id`), CLIENT_MEMBER_UNKNOWN.
        FieldErrors: CLIENT_..., VALUE_..., by field.
    """
    return _save(actor, Client(company=actor.company), content)


def create_many(
    actor: Actor, contents: Sequence[ClientContent], *, client_import: ClientImport | None = None
) -> list[Client | ServiceError]:
    """Make clients with few questions to the store; return each, or why it could not be made.

    For contents that say what the business register said, without groups. Nobody is made when somebody else makes a
    client with one of the registry codes meanwhile.

    Raises:
        Forbidden: the role is too low.
        ServiceError: PRACTICE_OFF.
        IntegrityError: somebody was quicker with a registry code.
    """
    require(actor, Role.ACCOUNTANT)
    require_on(actor.company)
    own = Client.objects.filter(company=actor.company).exclude(registry_code="")
    taken = {(country, code): (name, pk) for country, code, name, pk in
             own.values_list("country", "registry_code", "name", "pk")}  # fmt: skip
    made: list[Client | ServiceError] = []
    for content in contents:
        try:
            made.append(_unsaved(actor, content, taken, client_import))
        except ServiceError as error:
            made.append(error)
    fresh = [each for each in made if isinstance(each, Client)]
    with transaction.atomic():
        Client.objects.bulk_create(fresh, batch_size=_BATCH)
        AuditEntry.objects.bulk_create(
            [audit.entry_of(actor, "client.created", each.name, _link_of(each)) for each in fresh], batch_size=_BATCH
        )
    return made


def _unsaved(
    actor: Actor,
    content: ClientContent,
    taken: dict[tuple[str, str], tuple[str, int]],
    client_import: ClientImport | None,
) -> Client:
    new = _checked(Client(company=actor.company), content, is_free=True)
    key = (new["country"], new["registry_code"])
    if new["registry_code"] and key in taken:
        name, pk = taken[key]
        raise ServiceError("CLIENT_CODE_TAKEN", registry_code=new["registry_code"], name=name, client_id=pk)
    taken[key] = (new["name"], 0)
    mark = content.register_mark or _mark(*key)
    return Client(company=actor.company, register_mark=mark, last_import=client_import, **new)


def update_client(actor: Actor, client: Client, content: ClientContent) -> Client:
    """Write a client anew; what was changed is in the audit log. Raises: as `create_client`."""
    return _save(actor, client, content)


def change_client(actor: Actor, client: Client, **changes: Any) -> Client:
    """Change only these fields of a client (those of `ClientContent`). Raises: as `create_client`."""
    return _save(actor, client, msgspec.structs.replace(content_of(client), **changes))


def _save(actor: Actor, client: Client, content: ClientContent) -> Client:
    require(actor, Role.ACCOUNTANT)
    require_on(actor.company)
    new = _checked(client, content)
    is_other_code = (new["registry_code"], new["country"]) != (client.registry_code, client.country)
    if content.register_mark or is_other_code or client.pk is None:
        # The register may be asked over the network, so before the transaction.
        new["register_mark"] = content.register_mark or _mark(new["country"], new["registry_code"])
    try:
        with transaction.atomic():
            return _stored(actor, client, content, new)
    except IntegrityError:  # somebody was quicker with the same registry code
        _require_free_code(client, new["country"], new["registry_code"])
        raise


def _checked(client: Client, content: ClientContent, *, is_free: bool = False) -> dict[str, Any]:
    """Return the columns of a client; with `is_free` nobody is asked whose its registry code is.

    Raises: ServiceError, FieldErrors.
    """
    texts = {name: str(getattr(content, name)).replace("\r\n", "\n").strip() for name in _TEXTS}
    codes = {"registry_code": content.registry_code.strip(), "vat_number": content.vat_number.strip()}
    errors = client_checks.check_texts(texts | codes) | client_checks.check_term(content.payment_term_days)
    new: dict[str, Any] = {**texts, "initials": texts["initials"].upper(), "name": " ".join(texts["name"].split())}
    readers = {"kind": client_checks.read_kind, "country": client_checks.read_country}
    if content.language:
        readers["language"] = client_checks.read_language
    new["language"] = ""
    for field, read in readers.items():
        try:
            new[field] = read(getattr(content, field))
        except ServiceError as error:
            errors[field] = error
    try:
        new["values"] = values.clean(
            client.company,
            FieldSubject.CLIENT,
            content.values,
            before=client.values,
            is_partial=content.keeps_other_values,
        )
    except FieldErrors as error:
        errors |= error.errors
    if errors:
        raise FieldErrors(errors)
    new["registry_code"] = client_checks.bare_registry_code(codes["registry_code"], new["country"])
    new["vat_number"] = client_checks.bare_vat_number(codes["vat_number"])
    if not is_free:
        _require_free_code(client, new["country"], new["registry_code"])
    for name in ("is_active", "needs_time", "needs_topic", "payment_term_days"):
        new[name] = getattr(content, name)
    new["default_member"] = _member(client, content.default_member_id)
    new["billed_to"] = _payer(client, content.billed_to_id)
    return new


def _require_free_code(client: Client, country: str, code: str) -> None:
    if not code:
        return
    same = Client.objects.filter(company=client.company, country=country, registry_code=code)
    other = same.exclude(pk=client.pk).first()
    if other is not None:
        raise ServiceError("CLIENT_CODE_TAKEN", registry_code=code, name=other.name, client_id=other.pk)


def _member(client: Client, user_id: int | None) -> User | None:
    if user_id is None:
        return None
    if user_id == client.default_member_id:  # who has left meanwhile may stay until somebody else is chosen
        return client.default_member
    found = next((each for each in members_of(client.company) if each.pk == user_id), None)
    if found is None:
        raise ServiceError("CLIENT_MEMBER_UNKNOWN")
    return found


def _payer(client: Client, payer_id: int | None) -> Client | None:
    if payer_id is None:
        return None
    if payer_id == client.pk:
        raise ServiceError("CLIENT_BILLED_TO_ITSELF")
    payer = Client.objects.get(company=client.company, pk=payer_id)
    if payer.billed_to_id is not None and payer.billed_to_id == client.pk:
        raise ServiceError("CLIENT_BILLED_IN_CIRCLE", name=payer.name)
    return payer


def _mark(country: str, code: str) -> str:
    return RegisterMark(register.check(code, country=country).verdict.value).value if code else RegisterMark.UNCHECKED


def _stored(actor: Actor, client: Client, content: ClientContent, new: Mapping[str, Any]) -> Client:
    is_new = client.pk is None
    changes = {name: [_told(getattr(client, name)), _told(value)] for name, value in new.items()}
    changed = [name for name, value in new.items() if getattr(client, name) != value]
    for name, value in new.items():
        setattr(client, name, value)
    client.updated_at = timezone.now()
    # Of two people at once, neither undoes what the other changed elsewhere in the client.
    client.save(update_fields=None if is_new else [*changed, "updated_at"])
    wanted = {*ClientGroup.objects.filter(company=actor.company, pk__in=content.group_ids)}
    if len(wanted) != len(set(content.group_ids)):
        raise ClientGroup.DoesNotExist
    before = set() if is_new else set(client.groups.all())
    if wanted != before:
        client.groups.set(wanted)
        changes["groups"] = [", ".join(sorted(each.name for each in part)) for part in (before, wanted)]
    link = _link_of(client)
    if is_new:
        audit.record(actor, "client.created", client.name, link)
    elif real := {name: change for name, change in changes.items() if change[0] != change[1]}:
        audit.record(actor, "client.updated", client.name, link, changes=real)
    return client


def _link_of(client: Client) -> str:
    return f"/c/{client.company_id}/clients/{client.pk}/"


def _told(value: Any) -> Any:
    return str(value) if isinstance(value, Client | User) else value


# --- the business register -----------------------------------------------------------------------------------


def registered(country: str, code: str) -> Registered | None:
    """Return the company of a registry code as the business register has it."""
    return register.look_up(country, client_checks.bare_registry_code(code, country))


def search_register(words: str, *, country: str = "EE") -> list[Registered]:
    """Return companies of the business register by the beginning of a name or code."""
    return register.search(words, country=country)


def filled(content: ClientContent, entry: Registered) -> ClientContent:
    """Return content with what the business register knows: name, code, VAT number and address."""
    known = {
        "name": entry.name,
        "registry_code": entry.registry_code,
        "vat_number": entry.vat_number,
        "street": entry.street,
        "city": entry.place,
        "postal_code": entry.postal_code,
        "country": entry.country,
        "email": content.email or entry.email,
    }
    cut = {name: value[: client_checks.LIMITS.get(name, 200)] for name, value in known.items() if value}
    return msgspec.structs.replace(content, **cut, register_mark=RegisterMark.FOUND.value)


def warnings(client: Client) -> list[str]:
    """Return, in the active language, what looks wrong with a client's numbers; it stops nobody."""
    return client_checks.warnings_of(client.country, client.registry_code, client.vat_number)
