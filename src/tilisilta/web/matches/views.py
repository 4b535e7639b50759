"""Matches: what is alike in the target, to be tied or created; one by one, the ticked ones, or all that are sure."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tilisilta.core.documents import DocumentKind
from tilisilta.services import id_map, integrations, matches
from tilisilta.services.matches import Decided
from tilisilta.store.models import Integration, MatchProposal, Role
from tilisilta.web.company_view import company_view, telling
from tilisilta.web.request import CompanyRequest


def _integration(request: CompanyRequest, pk: int) -> Integration:
    return integrations.get_integration(request.company, pk)


def _kind(text: str) -> str:
    return text if text in {each.value for each in id_map.KINDS} else ""


def _offset(request: CompanyRequest) -> int:
    asked = request.GET.get("from", "")
    return int(asked[:9]) if asked.isdecimal() else 0


def _context(request: CompanyRequest, integration: Integration | None) -> dict[str, Any]:
    kind, text, offset = _kind(request.GET.get("kind", "")), request.GET.get("q", ""), _offset(request)
    rows, total = matches.questions(request.company, integration=integration, kind=kind, text=text, offset=offset)
    counts = matches.counts(request.company, integration)
    return {
        "integration": integration,
        "questions": rows,
        "total": total,
        "kind": kind,
        "text": text,
        "tabs": [(each.value, label, counts.get(each.value, 0)) for each, label in id_map.KINDS.items()],
        "open_count": sum(counts.values()),
        "first": offset + 1,
        "last": offset + len(rows),
        "previous": max(0, offset - matches.PAGE_SIZE) if offset else None,
        "next": offset + matches.PAGE_SIZE if offset + len(rows) < total else None,
    }


@company_view("GET")
def match_home(request: CompanyRequest) -> HttpResponse:
    """The questions of the only integration, or of the one with questions, or the choice between several."""
    found = list(integrations.list_integrations(request.company))
    asked = request.GET.get("integration", "")
    chosen = [each for each in found if asked.isdecimal() and each.pk == int(asked)] or found
    if len(chosen) == 1:
        query = f"?kind={_kind(request.GET.get('kind', ''))}" if request.GET.get("kind") else ""
        return redirect(reverse("match-list", args=[request.company.pk, chosen[0].pk]) + query)
    rows = [(each, sum(matches.counts(request.company, each).values())) for each in found]
    return render(request, "matches/home.html", {"rows": rows})


@company_view("GET")
def match_list(request: CompanyRequest, pk: int) -> HttpResponse:
    return render(request, "matches/list.html", _context(request, _integration(request, pk)))


def _told(decided: Decided) -> str:
    parts = [ngettext("%(count)d decided.", "%(count)d decided.", decided.decided) % {"count": decided.decided}]
    if decided.left:
        text = ngettext(
            "%(count)d left: two candidates are as likely.",
            "%(count)d left: two candidates are as likely.",
            decided.left,
        )
        parts.append(text % {"count": decided.left})
    if decided.released:
        text = ngettext("%(count)d document goes on.", "%(count)d documents go on.", decided.released)
        parts.append(text % {"count": decided.released})
    return " ".join(parts)


def _decide(request: CompanyRequest, integration: Integration, action: str) -> Decided:
    """Do what the pressed button says: "sure", "accept:<proposal>:<target>", "create:<proposal>" or with the ticked."""
    verb, _colon, rest = action.partition(":")
    kind = _kind(request.POST.get("kind", ""))
    ticked = [int(each) for each in request.POST.getlist("proposal") if each.isdecimal()]
    if verb == "sure":
        return matches.accept_all_sure(request.actor, integration, kind)
    if verb == "accept":
        proposal_id, _colon, target_id = rest.partition(":")
        return matches.accept(request.actor, _proposal(request, integration, proposal_id), target_id)
    if verb == "create":
        return matches.create_new(request.actor, [_proposal(request, integration, rest)])
    chosen = [each for each in matches.selected(request.actor, ticked) if each.integration_id == integration.pk]
    if verb == "create-ticked":
        return matches.create_new(request.actor, chosen)
    return matches.accept_best(request.actor, chosen) if verb == "accept-ticked" else Decided()


def _proposal(request: CompanyRequest, integration: Integration, proposal_id: str) -> MatchProposal:
    found = matches.question(request.actor, int(proposal_id) if proposal_id.isdecimal() else 0).proposal
    if found.integration_id != integration.pk:
        raise MatchProposal.DoesNotExist
    return found


@company_view("POST", needed=Role.ACCOUNTANT)
def match_decide(request: CompanyRequest, pk: int) -> HttpResponse:
    integration = _integration(request, pk)
    with telling(request):
        messages.success(request, _told(_decide(request, integration, request.POST.get("action", ""))))
    kind = _kind(request.POST.get("kind", ""))
    return redirect(reverse("match-list", args=[request.company.pk, pk]) + (f"?kind={kind}" if kind else ""))


@company_view("POST", needed=Role.ACCOUNTANT)
def match_look(request: CompanyRequest, pk: int) -> HttpResponse:
    """Compare what is known of the source with the target's lists, read anew."""
    integration = _integration(request, pk)
    count = 0
    with telling(request) as told:
        for kind in id_map.KINDS:
            id_map.read_target_list(request.actor, integration, kind)
            count += matches.build_proposals(request.actor, integration, kind)
    if told.ok and count:
        text = ngettext("%(count)d question found.", "%(count)d questions found.", count) % {"count": count}
        messages.success(request, text)
    elif told.ok:
        messages.success(request, _("Nothing alike was found among what is known of the source so far."))
    return redirect("match-list", company_id=request.company.pk, pk=pk)


@company_view("GET")
def match_detail(request: CompanyRequest, pk: int, proposal_id: int) -> HttpResponse:
    integration = _integration(request, pk)
    question = matches.question(request.actor, proposal_id)
    if question.proposal.integration_id != integration.pk:
        raise MatchProposal.DoesNotExist
    text = request.GET.get("q", "")
    kind = DocumentKind(question.proposal.delivery.kind)
    context = {
        "integration": integration,
        "question": question,
        "kind": kind.value,
        "text": text,
        "found": id_map.search(integration, kind, text),
        "is_open": question.proposal.state == "open",
    }
    return render(request, "matches/detail.html", context)
