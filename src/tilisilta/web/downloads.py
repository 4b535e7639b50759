"""Files that pages give out: always as an attachment, never for the browser to guess at."""

from django.http import HttpResponse
from django.utils.http import content_disposition_header

from tilisilta.services.tables import CSV_TYPE, XLSX_TYPE

TYPES = {"csv": CSV_TYPE, "xlsx": XLSX_TYPE}


def attachment(name: str, content: bytes, media_type: str = "application/octet-stream") -> HttpResponse:
    """Return a download that a browser saves under `name` and neither shows nor sniffs."""
    response = HttpResponse(content, content_type=media_type)
    disposition = content_disposition_header(as_attachment=True, filename=name)
    response["Content-Disposition"] = disposition or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def table_attachment(named: tuple[str, bytes]) -> HttpResponse:
    """Return a CSV or XLSX as a download; its type is told by its name's ending."""
    name, content = named
    return attachment(name, content, TYPES[name.rsplit(".", 1)[-1]])
