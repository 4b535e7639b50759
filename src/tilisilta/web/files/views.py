"""Files: uploaded many at once, listed with what is wrong in them, given back as they came."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tilisilta.services import files
from tilisilta.services.errors import ServiceError
from tilisilta.store.models import Company, Connection, FileState, Role
from tilisilta.web.company_view import company_view, telling
from tilisilta.web.downloads import attachment
from tilisilta.web.request import CompanyRequest
from tilisilta.web.uploads import contents, many_files


def _connection(company: Company, text: str) -> Connection | None:
    return files.find_connection(company, int(text)) if text.isdecimal() else None


@company_view("GET")
def file_list(request: CompanyRequest) -> HttpResponse:
    connections = files.connections(request.company)
    chosen = _connection(request.company, request.GET.get("connection", ""))
    state, text, before = request.GET.get("state", ""), request.GET.get("q", ""), request.GET.get("before", "")
    state = state if state in FileState.values else ""
    rows, next_before = files.files(
        request.company,
        connection=chosen,
        state=state,
        text=text,
        before_id=int(before) if before.isdecimal() else None,
    )
    context = {
        "connections": connections,
        "chosen": chosen,
        "rows": rows,
        "next_before": next_before,
        "is_first": not before,
        "state": state,
        "states": FileState.choices,
        "text": text,
        "counts": files.counts(request.company),
        "folders": [(each, files.watched(each)) for each in connections],
        "limit": files.MAX_FILES,
        "limit_mb": files.LIMIT_MB,
    }
    return render(request, "files/list.html", context)


@company_view("POST", needed=Role.ACCOUNTANT)
def file_upload(request: CompanyRequest) -> HttpResponse:
    """Take the files and show what became of each: a page of its own, for a list of 500 is no message."""
    connection = _connection(request.company, request.POST.get("connection", ""))
    if connection is None:
        raise Http404
    chosen = many_files(request)
    try:
        files.require_count(len(chosen))
        results = files.upload_many(request.actor, connection, contents(chosen))
    except ServiceError as error:
        messages.error(request, str(error))
        return redirect("file-list", company_id=request.company.pk)
    counts = {outcome: sum(each.outcome == outcome for each in results) for outcome in ("taken", "known", "refused")}
    order = {"refused": 0, "known": 1, "taken": 2}
    context = {
        "connection": connection,
        "results": sorted(results, key=lambda each: order[each.outcome]),
        "counts": counts,
        "documents": sum(each.file.document_count for each in results if each.file and each.outcome == "taken"),
    }
    return render(request, "files/uploaded.html", context)


@company_view("GET")
def file_detail(request: CompanyRequest, file_id: int) -> HttpResponse:
    context = {"detail": files.detail(files.find_file(request.company, file_id))}
    return render(request, "files/detail.html", context)


@company_view("GET")
def file_original(request: CompanyRequest, file_id: int) -> HttpResponse:
    file = files.find_file(request.company, file_id)
    return attachment(file.name, files.original(file))


@company_view("POST", needed=Role.ACCOUNTANT)
def file_read_again(request: CompanyRequest, file_id: int) -> HttpResponse:
    files.read_again(request.actor, files.find_file(request.company, file_id))
    messages.success(request, _("The file was read again."))
    return redirect("file-detail", company_id=request.company.pk, file_id=file_id)


@company_view("POST", needed=Role.ACCOUNTANT)
def file_folder(request: CompanyRequest, connection_id: int) -> HttpResponse:
    """Make the watched folder, or take what lies in it."""
    connection = files.find_connection(request.company, connection_id)
    with telling(request):
        if request.POST.get("action") == "open":
            files.open_folder(request.actor, connection)
            messages.success(request, _("The folder is ready."))
        else:
            scanned = files.scan_folder(request.actor, connection)
            parts = [
                ngettext("%(count)d file taken.", "%(count)d files taken.", len(scanned.taken))
                % {"count": len(scanned.taken)}
            ]
            if scanned.known:
                text = ngettext("%(count)d was known.", "%(count)d were known.", len(scanned.known))
                parts.append(text % {"count": len(scanned.known)})
            if scanned.left:
                text = _("Left in the folder with a note: %(names)s.") % {"names": ", ".join(scanned.left[:5])}
                parts.append(text)
            messages.success(request, " ".join(parts))
    return redirect("file-list", company_id=request.company.pk)
