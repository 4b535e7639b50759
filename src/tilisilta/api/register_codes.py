"""Codes of the source's registers against the target's products."""

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from tilisilta.api.guard import actor_of
from tilisilta.api.integrations import own_integration
from tilisilta.api.shapes import ACCOUNTANT, Id, Input
from tilisilta.ports.register import RegisterKind
from tilisilta.services import register_codes
from tilisilta.services.register_codes import CodeReport, CodeRow, Finding

router = Router(tags=["Codes"])


class CodesQuery(Input):
    """Which entries are shown."""

    only_to_mend: bool = Field(True, description="Only entries in use that ask for something")


class CodeOut(Schema):
    """An entry of a register with what its code finds in the target."""

    kind: RegisterKind
    source_id: str
    code: str
    name: str
    is_active: bool
    target_key: str = Field(description="Product of the target; empty when none fits")
    target_label: str
    findings: list[Finding]
    findings_text: list[str]
    shared_with: list[str] = Field(description="Other entries in use that bear the same code")
    mend: str = Field(description="Where it is mended at the source; empty when nothing is asked")


class CodesOut(Schema):
    """The report: what lacks a code or fits nothing."""

    to_mend_count: int
    entry_count: int
    product_count: int = Field(description="Products in the target's register")
    error: str = Field(description="Why a register could not be read; empty when both could")
    entries: list[CodeOut]


def _code(row: CodeRow) -> CodeOut:
    return CodeOut(
        kind=row.kind,
        source_id=row.source_id,
        code=row.code,
        name=row.name,
        is_active=row.is_active,
        target_key=row.target_key,
        target_label=row.target_label,
        findings=list(row.findings),
        findings_text=row.texts,
        shared_with=list(row.others),
        mend=row.mend if row.is_to_mend else "",
    )


def _report(found: CodeReport, *, only_to_mend: bool) -> CodesOut:
    return CodesOut(
        to_mend_count=len(found.to_mend),
        entry_count=len(found.rows),
        product_count=found.products,
        error=found.error,
        entries=[_code(row) for row in (found.to_mend if only_to_mend else found.rows)],
    )


@router.get("/integrations/{int:integration_id}/codes", response=CodesOut, summary="Show codes without a product")
def get_codes(request: HttpRequest, integration_id: Id, query: Query[CodesQuery]) -> CodesOut:
    """Return products, work types and travel expenses of the source against the target's products, as last read."""
    found = register_codes.report(own_integration(request, integration_id))
    return _report(found, only_to_mend=query.only_to_mend)


@router.post(
    "/integrations/{int:integration_id}/codes/refresh",
    response=CodesOut,
    summary="Read both registers again",
    openapi_extra=ACCOUNTANT,
)
def refresh_codes(request: HttpRequest, integration_id: Id) -> CodesOut:
    """Read the registers of both systems now and return what asks for something."""
    found = register_codes.refresh(actor_of(request), own_integration(request, integration_id))
    return _report(found, only_to_mend=True)
