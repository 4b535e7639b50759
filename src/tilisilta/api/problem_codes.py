"""The catalogue of codes: what each means and how it is solved. `type` of every error leads here."""

from django.http import Http404, HttpRequest
from ninja import Router, Schema

from tilisilta.api import errors

router = Router(tags=["Problem codes"])


class ProblemCodeOut(Schema):
    """A code in the caller's language; what a text names is left open."""

    code: str
    title: str
    cause: str
    remedy: str


def _out(code: str) -> ProblemCodeOut:
    found = errors.text_of(code)
    if found is None:
        raise Http404
    title, cause, remedy = found
    return ProblemCodeOut(code=code, title=title, cause=cause, remedy=remedy)


@router.get("/problem-codes", response=list[ProblemCodeOut], summary="List all codes", auth=None)
def list_codes(request: HttpRequest) -> list[ProblemCodeOut]:
    """Return every code of problems and errors. Needs no token."""
    del request
    return [_out(code) for code in errors.all_codes()]


@router.get("/problem-codes/{code}", response=ProblemCodeOut, summary="Explain a code", auth=None)
def get_code(request: HttpRequest, code: str) -> ProblemCodeOut:
    """Return what a code means and how it is solved. Needs no token."""
    del request
    return _out(code)
