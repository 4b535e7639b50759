"""The pages of a company as the side and bottom bars show them."""

from dataclasses import dataclass, replace
from typing import Final

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tilisilta.services.access import Actor
from tilisilta.store.models import Company, Role


@dataclass(frozen=True, slots=True)
class Page:
    """One line of the navigation. `icon` is a heroicon's name; `count` is shown beside it when it is not zero."""

    name: str
    label: Promise
    icon: str
    needed: str = Role.VIEWER.value
    is_on_bottom_bar: bool = False
    url: str = ""
    count: int = 0
    is_current: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Pages that belong together, under a heading that may be empty."""

    label: Promise | str
    pages: tuple[Page, ...]


# Shown only to companies that keep invoices here.
_INVOICES: Final = Group(
    _("Invoices"),
    (
        Page("sales-list", _("Sales invoices"), "document-arrow-up"),
        Page("purchase-list", _("Purchase invoices"), "document-arrow-down"),
        Page("approval-list", _("To approve"), "check-badge"),
        Page("workspace-party-list", _("Customers and suppliers"), "user-group"),
        Page("workspace-item-list", _("Items"), "tag"),
        Page("bank-list", _("Payments and bank files"), "banknotes"),
        Page("period-list", _("Closed periods"), "lock-closed"),
        Page("chart", _("Chart of accounts"), "list-bullet"),
        Page("workspace-settings", _("Workspace settings"), "adjustments-horizontal"),
    ),
)

# Shown only to bureaus: companies that use the practice module.
_PRACTICE: Final = Group(
    _("Practice"),
    (
        Page("client-list", _("Clients"), "building-office-2"),
        Page("task-list", _("Tasks"), "clipboard-document-check"),
        Page("task-report", _("Report"), "chart-bar"),
        Page("billing-home", _("Billing"), "currency-euro"),
        Page("books-list", _("Clients' bookkeeping systems"), "puzzle-piece"),
        Page("practice-settings", _("Practice settings"), "adjustments-horizontal"),
    ),
)

_GROUPS: Final = (
    Group(
        "",
        (
            Page("today", _("Today"), "sun", is_on_bottom_bar=True),
            Page("problem-list", _("To solve"), "exclamation-triangle", is_on_bottom_bar=True),
            Page("document-list", _("Documents"), "document-text", is_on_bottom_bar=True),
            Page("run-list", _("Runs"), "arrow-path", is_on_bottom_bar=True),
            Page("match-list", _("Matches"), "link"),
            Page("file-list", _("Files"), "inbox-arrow-down"),
        ),
    ),
    _PRACTICE,
    _INVOICES,
    Group(
        _("Set-up"),
        (
            Page("integration-list", _("Integrations"), "arrows-right-left"),
            Page("connection-list", _("Connections"), "bolt"),
            Page("id-map", _("Id map"), "table-cells"),
        ),
    ),
    Group(
        _("Company"),
        (
            Page("member-list", _("People"), "users"),
            Page("token-list", _("API tokens"), "key", needed=Role.ADMIN.value),
            Page("audit-list", _("Audit log"), "clipboard-document-list", needed=Role.ADMIN.value),
            Page("company-settings", _("Settings"), "cog-6-tooth"),
        ),
    ),
)


def company_url(company: Company, name: str, *args: object) -> str:
    """Return the path of a company page; `args` follow the company in the address.

    Raises:
        NoReverseMatch: there is no such page.
    """
    return reverse(name, args=[company.pk, *args])


def _exists(name: str) -> bool:
    try:
        reverse(name, args=[0])
    except NoReverseMatch:
        return False
    return True


def groups_for(
    actor: Actor, path: str, *, open_problems: int = 0, has_workspace: bool = False, has_practice: bool = False
) -> list[Group]:
    """Return the navigation of a company for an actor's role, the page at `path` marked as the current one."""
    groups = []
    best = ""
    found: list[tuple[Promise | str, list[Page]]] = []
    for group in _GROUPS:
        if (group is _INVOICES and not has_workspace) or (group is _PRACTICE and not has_practice):
            continue
        is_optional = group in (_INVOICES, _PRACTICE)
        pages = []
        for page in group.pages:
            if not actor.may(page.needed) or (is_optional and not _exists(page.name)):
                continue
            url = company_url(actor.company, page.name)
            if path.startswith(url) and len(url) > len(best):
                best = url
            pages.append(replace(page, url=url, count=open_problems if page.name == "problem-list" else 0))
        found.append((group.label, pages))
    home = company_url(actor.company, "today")
    for label, pages in found:
        marked = tuple(
            replace(page, is_current=page.url == best and (page.url != home or path == home)) for page in pages
        )
        if marked:
            groups.append(Group(label, marked))
    return groups
