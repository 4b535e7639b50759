"""Articles and their quantities in the system warehouse: section 4.3 of the vendor sheet."""

from collections.abc import Callable
from typing import Any

from tilisilta_emulators.smartaccounts.call import Call, change_window, envelope, page_of_range, plain
from tilisilta_emulators.smartaccounts.errors import Fault, Refused, fault
from tilisilta_emulators.smartaccounts.files import listed_files
from tilisilta_emulators.smartaccounts.form import Form
from tilisilta_emulators.smartaccounts.records import Article, fields, stamps, view
from tilisilta_emulators.smartaccounts.table import MODIFIED

TYPES = ("PRODUCT", "SERVICE", "WH")
_MOST_CODES = 50
_PAIRS = fields(
    "code",
    "description",
    "type",
    "unit",
    "vatPc",
    "activeSales",
    "activePurchase",
    "priceSales",
    "pricePurchase",
    "priceOwn",
    "accountSales",
    "accountPurchase",
    "accountWarehouse",
)


def methods() -> dict[str, Callable[[Call], Any]]:
    """Return the handlers by method name."""
    return {"get": get, "add": add, "edit": edit, "delete": delete, "getwarehousequantities": quantities}


def get(call: Call) -> dict[str, Any]:
    """List articles by code, by part of code or description, by type or by time of change."""
    low, high = change_window(call)
    articles = call.books.articles
    removed = None if low is None else articles.removed_since(low)
    code = call.query.text("code")
    if code is not None:
        found = articles.by_id.get(code)
        return envelope(call, "articles", [show(call, found)] if found else [], False, removed)
    wanted, kind = call.query.text("searchString"), call.query.choice("type", TYPES)
    keep: Callable[[Article], bool] | None = None
    if wanted is not None or kind is not None:
        folded = (wanted or "").casefold()

        def matches(article: Article) -> bool:
            return folded in article.folded and kind in (None, article.type)

        keep = matches
    records, more = page_of_range(call, articles, MODIFIED, (low, high), keep)
    return envelope(call, "articles", [show(call, record) for record in records], more, removed)


def show(call: Call, article: Article) -> dict[str, Any]:
    """Return an article in wire form."""
    shown = view(article, _PAIRS) | stamps(article)
    if call.wants("fetchDocuments"):
        shown["documents"] = listed_files(call.books, "ARTICLE", article.code)
    return shown


def add(call: Call) -> dict[str, Any]:
    """Enter an article under its own code."""
    values = _read(call.form())
    faults = _check(call, values)
    if values["code"] in call.books.articles.by_id:
        faults.insert(0, fault("ARTICLE-EXISTS", value=values["code"]))
    if faults:
        raise Refused(*faults)
    began = {**call.books.new(call.books.articles, call.moment), "id": values["code"]}
    call.books.articles.put(Article(**began, **values))
    return {"code": values["code"]}


def edit(call: Call) -> dict[str, Any]:
    """Put a whole article in the place of the old one."""
    values = _read(call.form())
    article = find(call, values["code"])
    faults = _check(call, values)
    if faults:
        raise Refused(*faults)
    for name, value in values.items():
        setattr(article, name, value)
    call.books.articles.touch(article, call.moment)
    return {"code": article.code}


def delete(call: Call) -> dict[str, Any]:
    """Delete an article that no document uses; it is named by `code`, or by `id` as elsewhere."""
    identity = call.deleted_id() or call.query.text("code") or ""
    article = find(call, identity)
    if article.documents:
        raise Refused(fault("IN-USE", what=article.code))
    call.books.articles.remove(article, call.moment)
    return {"code": article.code}


def quantities(call: Call) -> dict[str, Any]:
    """Return quantities in the system warehouse for at most 50 codes."""
    text = call.query.text("codes", required=True) or ""
    codes = [code.strip() for code in text.split(",") if code.strip()]
    if len(codes) > _MOST_CODES:
        raise Refused(fault("TOO-MANY-CODES"))
    warehouse = call.books.default_warehouse()
    found = []
    for code in codes:
        article = call.books.articles.by_id.get(code)
        if article is None:
            found.append({"code": code, "quantity": 0, "status": "NOT-FOUND"})
        elif article.type != "WH":
            found.append({"code": code, "quantity": 0, "status": "NOT-WH"})
        else:
            quantity = call.books.stock.quantity(code, warehouse)
            found.append({"code": code, "quantity": quantity, "status": "OK"})
    return {"quantities": found}


def find(call: Call, code: str) -> Article:
    """Return an article by code.

    Raises:
        Refused: There is none.
    """
    article = call.books.articles.by_id.get(code)
    if article is None:
        raise Refused(fault("ARTICLE-NOT-FOUND", value=code))
    return article


def _read(form: Form) -> dict[str, Any]:
    code, description = form.need("code"), form.need("description")
    return {
        "code": code,
        "description": description,
        "type": form.need_choice("type", TYPES),
        "folded": f"{code}\n{description}".casefold(),
        "unit": form.text("unit"),
        "vat_pc": form.text("vatPc"),
        "active_sales": bool(form.boolean("activeSales")),
        "active_purchase": bool(form.boolean("activePurchase")),
        "price_sales": plain(form.decimal("priceSales")),
        "price_purchase": plain(form.decimal("pricePurchase")),
        "price_own": plain(form.decimal("priceOwn")),
        "account_sales": form.text("accountSales"),
        "account_purchase": form.text("accountPurchase"),
        "account_warehouse": form.text("accountWarehouse"),
    }


def _check(call: Call, values: dict[str, Any]) -> list[Fault]:
    faults: list[Fault] = []
    if values["vat_pc"] is not None and values["vat_pc"] not in call.books.vat_codes:
        faults.append(fault("VAT-PC-NOT-FOUND", value=values["vat_pc"]))
    for name in ("account_sales", "account_purchase", "account_warehouse"):
        call.books.check_account(values[name], faults)
    return faults
