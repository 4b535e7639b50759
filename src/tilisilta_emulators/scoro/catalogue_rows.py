"""Rows of the site's smaller modules: codes, accounts, people, projects and hooks.

Source: vendor sheet, section 11, and the vendor organisation's SDK types.
"""

from typing import Any

from tilisilta_emulators.scoro.rows import Row


class VatCode(Row, kw_only=True, gc=False):
    vat_code_id: int = 0
    vat_code: str | None = ""
    vat_name: str | None = ""
    percent: str = "0.00"
    is_sales: int = 1
    is_purchases: int = 1
    is_active: int = 1
    is_not_applicable: int = 0


class ReceiptAccount(Row, kw_only=True, gc=False):
    id: int = 0
    name: str | None = ""
    type: str | None = "bank"


class Tag(Row, kw_only=True, gc=False):
    tag_id: int = 0
    tag_name: str | None = ""
    parent_id: int = 0
    parent_name: str | None = ""


class ProductGroup(Row, kw_only=True, gc=False):
    id: int = 0
    parent_group_id: int = 0
    name: str | None = ""
    comments: str | None = ""
    pcs_per_package: int = 0
    account_name: str | None = ""


class FinanceAccount(Row, kw_only=True, gc=False):
    id: int = 0
    account_symbol: str | None = ""
    name: str | None = ""
    parent_id: int = 0
    parent_name: str | None = ""
    is_active: int = 1
    is_sales_account: int = 0
    is_purchases_account: int = 0


class FinanceObject(Row, kw_only=True, gc=False):
    object_id: int = 0
    object_symbol: str | None = ""
    name: str | None = ""
    parent_group_name: str | None = ""


class CompanyAccount(Row, kw_only=True, gc=False):
    """A business entity of the site; the list has no ids, `id` is ours and stays hidden."""

    id: int = 0
    company_account_id: str = ""
    company_name: str | None = ""
    alternative_name: str | None = ""
    address: list[dict[str, Any]] | None = None
    email: str | None = ""
    website: str | None = ""
    phone: str | None = ""
    fax: str | None = ""
    reg_no: str | None = ""
    vat_no: str | None = ""
    site_version: str | None = "26.10"
    base_currency: str = "EUR"
    active_currencies: list[str] | None = None
    language: str = "est"


class User(Row, kw_only=True, gc=False):
    id: int = 0
    username: str | None = ""
    firstname: str | None = ""
    lastname: str | None = ""
    full_name: str | None = ""
    email: str | None = ""
    is_active: int = 1
    status: str | None = "active"
    category: str | None = "user"
    position: str | None = ""
    birthday: str | None = None
    gsm: str | None = ""
    country_id: str | None = "est"
    timezone: str | None = "Europe/Tallinn"
    role_id: int = 0
    user_groups: list[int] | None = None


class Status(Row, kw_only=True, gc=False):
    """A status of a module; its visible id is text, `id` is ours and stays hidden."""

    id: int = 0
    status_id: str | None = ""
    status_name: str | None = ""
    color: str | None = ""
    module: str | None = ""
    is_default: int = 0


class Project(Row, kw_only=True, gc=False):
    project_id: int = 0
    no: str | None = ""
    project_name: str | None = ""
    description: Any = ""
    company_id: int = 0
    is_personal: int = 0
    is_private: int = 0
    color: str | None = "#3a7bd5"
    status: str | None = "inprogress"
    manager_id: int = 0
    manager_email: str | None = ""
    date: str | None = None
    deadline: str | None = None
    duration: str | None = "00:00:00"
    phases: list[Any] | None = None
    account_id: str = ""
    budget_type: str = "simple"
    tags: list[str] | None = None
    project_users: list[Any] | None = None


class Depot(Row, kw_only=True, gc=False):
    depot_id: int = 0
    depot_name: str | None = ""
    comments: str | None = ""


class ClientProfile(Row, kw_only=True, gc=False):
    id: int = 0
    name: str | None = ""
    discount: str = "0.00"
    discount2: str = "0.00"
    discount3: str = "0.00"
    vat_code_id: int = 0
    deadline_days: int = 14
    fine: str | None = ""
    currency: str | None = "EUR"
    payment_type: str | None = "banktransfer"
    language_id: str | None = "est"
    price_list_id: int = 0


class Webhook(Row, kw_only=True, gc=False):
    id: int = 0
    module: str | None = ""
    action: str | None = ""
    fields: list[str] | None = None
    url: str | None = ""
    owners: list[str] | None = None
    actors: list[str] | None = None
    relation_type: str | None = ""
    bookmark_id: int = 0
    status: int = 1


class Bookmark(Row, kw_only=True, gc=False):
    """A saved view: a named filter of one module."""

    bookmark_id: int = 0
    bookmark_name: str | None = ""
    module: str | None = ""
    filter: dict[str, Any] | None = None
