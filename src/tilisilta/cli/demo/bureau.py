"""An accounting bureau of the demo: its people, what it keeps of its clients and tasks, and its clients themselves."""

from dataclasses import dataclass
from typing import Final

from tilisilta.cli.demo import offices
from tilisilta.cli.demo.emulated import Emulated
from tilisilta.services import members
from tilisilta.services.access import Actor
from tilisilta.services.practice import fields, groups
from tilisilta.services.practice.settings import switch_on
from tilisilta.services.tasks import topics
from tilisilta.store.models import CustomField, FieldSubject, FieldType, Role, Topic, User

NAME: Final = "Näidisbüroo OÜ"
_PEOPLE: Final = (
    ("mari.mets@tilisilta.example", "Mari Mets", Role.ADMIN),
    ("kati.kask@tilisilta.example", "Kati Kask", Role.ACCOUNTANT),
    ("jaan.tamm@tilisilta.example", "Jaan Tamm", Role.ACCOUNTANT),
)
_GROUPS: Final = ("Igakuised", "Kvartaliseed", "Palgaarvestus")
_TOPICS: Final = ("Raamatupidamine", "Palgad", "Käibedeklaratsioon", "Kuu kokkuvõte")
# Counts that the bureau keeps in fields of its tasks, and the fields' titles.
COUNTS: Final = {
    "sales_invoice": "Müügiarved",
    "sales_credit": "Müügi kreeditarved",
    "purchase_invoice": "Ostuarved",
    "purchase_credit": "Ostu kreeditarved",
    "payment_in": "Laekumised",
    "payment_out": "Tasumised",
    "ledger_batch": "Kanded",
    "payroll_run": "Palgakanded",
}


@dataclass(frozen=True)
class Bureau:
    """The bureau with what the rest of its story needs."""

    actor: Actor
    people: tuple[User, ...]
    fields: dict[str, CustomField]  # of tasks, by the count that they take
    topics: dict[str, Topic]
    merit: Emulated


def make(user: User, merit: Emulated, password: str) -> Bureau:
    """Make the bureau, its people, groups, fields and topics; it has no clients yet."""
    actor = offices.make_company(user, name=NAME, registry_code="14567830", vat_number="EE102345678")
    people = tuple(_join(actor, email, name, role, password) for email, name, role in _PEOPLE)
    switch_on(actor)
    for name in _GROUPS:
        groups.create_group(actor, name)
    fields.create_field(actor, subject=FieldSubject.CLIENT, title="Kliendihaldur märkis", type=FieldType.TEXT)
    risks = ("Madal", "Keskmine", "Kõrge")
    fields.create_field(actor, subject=FieldSubject.CLIENT, title="Riskitase", type=FieldType.CHOICE, choices=risks)
    counted = {
        count: fields.create_field(
            actor, subject=FieldSubject.TASK, title=title, type=FieldType.INTEGER, group="Kuu kokkuvõte"
        )
        for count, title in COUNTS.items()
    }
    made = {name: topics.ensure_topic(actor, name) for name in _TOPICS}
    return Bureau(actor, people, counted, made, merit)


def _join(actor: Actor, email: str, name: str, role: Role, password: str) -> User:
    _invitation, link = members.invite(actor, email=email, role=role)
    token = link.rstrip("/").rpartition("/")[2]
    user, _membership = members.accept_as_new_user(token, name=name, password=password, language="")
    return user
