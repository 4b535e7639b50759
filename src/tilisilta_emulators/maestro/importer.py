"""The import: files of the folder, one after another, customers first; an answer for each delivery."""

import hashlib
from collections.abc import Callable
from pathlib import Path

from tilisilta_emulators.maestro import tables
from tilisilta_emulators.maestro.books import Books
from tilisilta_emulators.maestro.finvoice import read_finvoice
from tilisilta_emulators.maestro.options import Options
from tilisilta_emulators.maestro.records import Invoice, Refused
from tilisilta_emulators.maestro.rules import Rules

INVOICES, CUSTOMERS, ANSWERS, EXPORT = "out/invoices", "out/customers", "ack", "in/products.csv"
_ENDINGS = frozenset({".xml", ".csv"})


class Importer:
    """Reads what lies in the folder into the books."""

    def __init__(self, root: Path, books: Books, options: Options, rules: Rules) -> None:
        self.root = root
        self.books = books
        self.options = options
        self._rules = rules

    def run(self) -> int:
        """Read every whole file and return how many; names that begin with a dot are still being written."""
        if not self.root.is_dir():
            return 0
        count = 0
        for folder, read in ((CUSTOMERS, self._customers), (INVOICES, self._invoice)):
            for path in self._waiting(folder):
                self._take(path, read)
                count += 1
        return count

    def export(self) -> None:
        """Write the product register where it is looked for."""
        path = self.root / EXPORT
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(tables.write_products(self.books.products, self.options.product_encoding))

    def _waiting(self, folder: str) -> list[Path]:
        place = self.root / folder
        if not place.is_dir():
            return []
        seen = {each["file"] for each in self.books.refused} if self.options.processed == "keep" else set()
        return [
            path
            for path in sorted(place.iterdir())
            if path.is_file()
            and path.suffix in _ENDINGS
            and not path.name.startswith(".")
            and not (self.options.processed == "keep" and (path.name in seen or self._is_known(path)))
        ]

    def _is_known(self, path: Path) -> bool:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        invoices = any(each.sha256 == digest for each in self.books.invoices.values())
        return invoices or any(each.file == path.name for each in self.books.customers.values())

    def _take(self, path: Path, read: Callable[[Path, bytes], Invoice | None]) -> None:
        delivery = path.stem.rpartition("_")[2]
        if self.options.acknowledge == "both":
            self._answer(delivery, "acc", "")
        try:
            self._obey(path)
            entered = read(path, path.read_bytes())
        except Refused as refusal:
            self.books.note("ERROR", refusal.code, path.name, refusal.text)
            self.books.refused.append({"file": path.name, "code": refusal.code, "text": refusal.text})
            if self.options.acknowledge != "none":
                self._answer(delivery, "err", f"{refusal.code}\n{refusal.text}\n")
            self._put_away(path, "error")
            return
        if entered is not None and self.options.acknowledge in {"ok", "both"}:
            self._answer(delivery, "ok", self._said(entered))
        self._put_away(path, "done")

    def _obey(self, path: Path) -> None:
        """Refuse a file that a rule says shall be refused."""
        ordered = self._rules.fired("IMPORT", path, {"import_error"})
        if ordered is not None:
            raise Refused(ordered.data.get("code", "REFUSED"), ordered.data.get("text", "by order"))

    def _customers(self, path: Path, content: bytes) -> None:
        for customer in tables.read_customers(content, path.name):
            self.books.put_customer(customer)

    def _invoice(self, path: Path, content: bytes) -> Invoice:
        invoice = tables.read_rows(content) if path.suffix == ".csv" else read_finvoice(content)
        invoice.delivery = path.stem.rpartition("_")[2]
        invoice.file = path.name
        invoice.sha256 = hashlib.sha256(content).hexdigest()
        invoice.has_picture = path.with_suffix(".pdf").is_file()
        return self.books.put_invoice(invoice, require_customer=self.options.require_customer)

    def _said(self, invoice: Invoice) -> str:
        if not self.options.totals_in_answers:
            return ""
        return (
            f"number={invoice.number}\nvoucher={invoice.voucher}\nnet={invoice.net}\nvat={invoice.vat}\n"
            f"gross={invoice.gross + invoice.rounding}\ncurrency={invoice.currency}\n"
        )

    def _answer(self, delivery: str, ending: str, text: str) -> None:
        path = self.root / ANSWERS / f"{delivery}.{ending}"
        if self._rules.fired("ANSWER", path, {"no_answer"}) is not None:
            return
        if self._rules.fired("ANSWER", path, {"foreign_answer"}) is not None:
            path = path.with_name(f"ffffffffffffffff.{ending}")
        path.parent.mkdir(parents=True, exist_ok=True)
        hidden = path.with_name(f".{path.name}.part")
        hidden.write_text(text, encoding="utf-8")
        hidden.replace(path)
        if ending != "acc":
            path.with_suffix(".acc").unlink(missing_ok=True)

    def _put_away(self, path: Path, folder: str) -> None:
        picture = path.with_suffix(".pdf")
        for each in (path, picture):
            if self.options.processed == "keep" or not each.is_file():
                continue
            if self.options.processed == "delete":
                each.unlink()
                continue
            goal = path.parent / folder / each.name
            goal.parent.mkdir(exist_ok=True)
            each.replace(goal)
