"""What a bureau sorts and describes its clients, tasks and products by: fields of its own, groups of clients."""

from typing import Annotated

from django.http import HttpRequest
from ninja import Query, Router, Schema, Status
from pydantic import Field

from tilisilta.api.bureau import bureau_of
from tilisilta.api.guard import actor_of
from tilisilta.api.shapes import ACCOUNTANT, ADMIN, Id, Input
from tilisilta.services.practice import fields, groups
from tilisilta.store.models import ClientGroup, CustomField, FieldSubject, FieldType

router = Router(tags=["Clients"])

# --- own fields ----------------------------------------------------------------------------------------------


class OwnFieldOut(Schema):
    """A field of the bureau's own."""

    id: int
    subject: FieldSubject
    name: str = Field(description="For files and values; stays when the title changes")
    title: str
    type: FieldType
    group: str
    choices: list[str]
    is_required: bool
    is_listed: bool
    is_visible: bool


class OwnFieldIn(Input):
    """A field of the bureau's own, whole."""

    title: Annotated[str, Field(min_length=1, max_length=100)]
    group: Annotated[str, Field(max_length=60)] = ""
    choices: Annotated[list[Annotated[str, Field(max_length=100)]], Field(max_length=fields.MAX_CHOICES)] = []
    is_required: bool = False
    is_listed: bool = True
    is_visible: bool = True


class NewOwnField(OwnFieldIn):
    """A new field; subject and type stay."""

    subject: FieldSubject
    type: FieldType


class OwnFieldQuery(Schema):
    """Of which rows."""

    subject: FieldSubject = FieldSubject.CLIENT


def _field_out(row: CustomField) -> OwnFieldOut:
    return OwnFieldOut.from_orm(row)


@router.get("/custom-fields", response=list[OwnFieldOut], summary="List own fields")
def list_custom_fields(request: HttpRequest, query: Query[OwnFieldQuery]) -> list[OwnFieldOut]:
    """Return the fields that the bureau keeps of its clients, tasks or products, in their order."""
    return [_field_out(each) for each in fields.live_fields(bureau_of(request), query.subject.value)]


@router.post("/custom-fields", response={201: OwnFieldOut}, summary="Add an own field", openapi_extra=ADMIN)
def create_custom_field(request: HttpRequest, given: NewOwnField) -> Status[OwnFieldOut]:
    """Make a field, last of its subject."""
    return Status(201, _field_out(fields.create_field(actor_of(request), **given.dict())))


@router.put("/custom-fields/{int:field_id}", response=OwnFieldOut, summary="Change an own field", openapi_extra=ADMIN)
def update_custom_field(request: HttpRequest, field_id: Id, given: OwnFieldIn) -> OwnFieldOut:
    """Write a field anew; its type and name stay."""
    row = fields.get_field(bureau_of(request), field_id)
    return _field_out(fields.update_field(actor_of(request), row, **given.dict()))


@router.delete(
    "/custom-fields/{int:field_id}", response={204: None}, summary="Delete an own field", openapi_extra=ADMIN
)
def delete_custom_field(request: HttpRequest, field_id: Id) -> Status[None]:
    """Take a field out of use; values that were entered are kept and come back when it is restored."""
    fields.delete_field(actor_of(request), fields.get_field(bureau_of(request), field_id))
    return Status(204, None)


# --- groups --------------------------------------------------------------------------------------------------


class ClientGroupIn(Input):
    """A group of clients."""

    name: Annotated[str, Field(min_length=1, max_length=80)]


class ClientGroupOut(Schema):
    """A group of clients."""

    id: int
    name: str


def _group_out(row: ClientGroup) -> ClientGroupOut:
    return ClientGroupOut(id=row.pk, name=row.name)


@router.get("/client-groups", response=list[ClientGroupOut], summary="List client groups")
def list_client_groups(request: HttpRequest) -> list[ClientGroupOut]:
    """Return the groups by name."""
    return [_group_out(each) for each in groups.groups_of(bureau_of(request))]


@router.post("/client-groups", response={201: ClientGroupOut}, summary="Add a client group", openapi_extra=ACCOUNTANT)
def create_client_group(request: HttpRequest, given: ClientGroupIn) -> Status[ClientGroupOut]:
    """Make a group; its name must be free."""
    return Status(201, _group_out(groups.create_group(actor_of(request), given.name)))


@router.put(
    "/client-groups/{int:group_id}", response=ClientGroupOut, summary="Rename a client group", openapi_extra=ACCOUNTANT
)
def update_client_group(request: HttpRequest, group_id: Id, given: ClientGroupIn) -> ClientGroupOut:
    """Give a group another name."""
    return _group_out(
        groups.rename_group(actor_of(request), groups.get_group(bureau_of(request), group_id), given.name)
    )


@router.delete(
    "/client-groups/{int:group_id}", response={204: None}, summary="Delete a client group", openapi_extra=ACCOUNTANT
)
def delete_client_group(request: HttpRequest, group_id: Id) -> Status[None]:
    """Delete a group; its clients stay."""
    groups.delete_group(actor_of(request), groups.get_group(bureau_of(request), group_id))
    return Status(204, None)
