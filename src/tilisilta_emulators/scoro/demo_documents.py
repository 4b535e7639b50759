"""The demo company's documents from June to October 2026: sales, purchases and what was paid. Fixed data.

Lines are (product, quantity, fields that differ from the product's).
"""

from typing import Any

Line = tuple[int, str, dict[str, Any]]
UNTIL = "2026-10-31"


def _lines(*lines: Line) -> list[dict[str, Any]]:
    return [{"product_id": product, "amount": amount, **more} for product, amount, more in lines]


SALES: list[dict[str, Any]] = [
    {"no": "2025-117", "date": "2025-06-18", "company_id": 34, "lines": _lines((75, "6", {"vat_code_id": 2}))},
    {
        "no": "2026-041",
        "date": "2026-06-03",
        "company_id": 31,
        "person_id": 43,
        "lines": _lines((71, "4", {}), (72, "8", {}), (80, "1", {})),
        "custom_fields": [{"id": "c_ostutellimus", "value": "PO-7781"}],
    },
    {"no": "2026-042", "date": "2026-06-15", "company_id": 32, "lines": _lines((76, "1", {}), (77, "3", {}))},
    {
        "no": "2026-043",
        "date": "2026-06-29",
        "company_id": 37,
        "description": "Aitäh ostu eest!",
        "lines": _lines((78, "2", {}), (73, "1", {})),
    },
    {
        "no": "2026-044",
        "date": "2026-07-06",
        "company_id": 31,
        "discount": "5",
        "lines": _lines((75, "12.5", {"comment": "Protsesside kaardistus"}), (81, "3", {"discount": "10"})),
    },
    {
        "no": "2026-045",
        "date": "2026-07-14",
        "company_id": 35,
        "lines": _lines((81, "10", {"vat_code_id": 6, "finance_account_id": 3})),
    },
    {
        "no": "2026-046",
        "date": "2026-07-28",
        "company_id": 36,
        "currency": "USD",
        "currency_rate": "1.1425",
        "lines": _lines((75, "20", {"price": "95.00", "vat_code_id": 7, "finance_account_id": 3})),
    },
    {
        "no": "2026-047",
        "date": "2026-08-10",
        "company_id": 32,
        "lines": _lines((79, "14", {}), (78, "5", {}), (76, "1", {}), (82, "2", {})),
    },
    {"no": "2026-048", "date": "2026-08-21", "company_id": 33, "lines": _lines((74, "3", {}), (73, "6", {}))},
    {"no": "2026-049", "date": "2026-08-31", "company_id": 38, "lines": _lines((75, "1.5", {}))},
    {
        "no": "2026-050",
        "date": "2026-09-04",
        "company_id": 34,
        "lines": _lines((72, "24", {"price": "112.33"}), (80, "2", {}), (71, "1", {"finance_object_id": 1})),
    },
    {
        "no": "2026-051",
        "date": "2026-09-16",
        "company_id": 32,
        "description": "Kreeditarve arvele 2026-047",
        "payment_type": "credit",
        "credited_invoices": ["2026-047"],
        "lines": _lines((79, "-2", {})),
    },
    {"no": "2026-052", "date": "2026-09-30", "company_id": 31, "lines": _lines((76, "3", {}), (77, "12", {}))},
    {"no": "2026-053", "date": "2026-10-08", "company_id": 35, "lines": _lines((75, "8", {"vat_code_id": 6}))},
    {"no": "2026-054", "date": "2026-10-12", "company_id": 37, "lines": _lines((71, "1", {}))},
    {"no": "2026-055", "date": "2026-10-19", "company_id": 33, "lines": _lines((75, "3.25", {}), (82, "1", {}))},
    {
        "no": "2026-056",
        "date": "2026-10-26",
        "company_id": 31,
        "description": "Kreeditarve arvele 2026-041: üks tool tagastati",
        "payment_type": "credit",
        "credited_invoices": ["2026-041"],
        "lines": _lines((72, "-1", {})),
    },
    {"no": "2026-057", "date": "2026-10-30", "company_id": 34, "lines": _lines((72, "10", {}), (73, "10", {}))},
]
DELETED = "2026-054"
"""Written by mistake and deleted the next day."""

PURCHASES: list[dict[str, Any]] = [
    {"no": "EA-60412", "date": "2026-06-08", "company_id": 39, "lines": _lines((84, "1240", {}))},
    {
        "no": "7741",
        "date": "2026-06-22",
        "company_id": 40,
        "lines": _lines((83, "4", {}), (83, "1", {"comment": "Paber A4", "price": "46.20"})),
    },
    {"no": "FI-2026-07-19", "date": "2026-07-19", "company_id": 41, "lines": _lines((85, "1", {}))},
    {
        "no": "KD-88",
        "date": "2026-08-03",
        "company_id": 33,
        "lines": _lines((83, "1", {"price": "640.00", "comment": "Kataloogi kujundus", "vat_code_id": 14})),
    },
    {"no": "7802", "date": "2026-08-17", "company_id": 40, "lines": _lines((71, "6", {}), (72, "20", {}))},
    {"no": "EA-60877", "date": "2026-09-08", "company_id": 39, "lines": _lines((84, "1511", {}))},
    {
        "no": "SIA 14/09",
        "date": "2026-09-14",
        "company_id": 42,
        "lines": _lines((80, "3", {"price": "118.00", "vat_code_id": 13})),
    },
    {
        "no": "7802-K",
        "date": "2026-09-21",
        "company_id": 40,
        "description": "Kreeditarve: kaks defektset tooli",
        "lines": _lines((72, "-2", {})),
    },
    {"no": "FI-2026-10-19", "date": "2026-10-19", "company_id": 41, "lines": _lines((85, "1", {}))},
    {"no": "7911", "date": "2026-10-27", "company_id": 40, "lines": _lines((83, "10", {}), (73, "30", {}))},
]

Payment = tuple[str, str, int, list[tuple[str, str]]]
PAYMENTS: list[Payment] = [
    ("2025-07-02", "invoices", 2, [("2025-117", "")]),
    ("2026-06-17", "invoices", 2, [("2026-041", "")]),
    ("2026-06-22", "bills", 2, [("EA-60412", "")]),
    ("2026-06-29", "invoices", 1, [("2026-043", "")]),
    ("2026-07-03", "invoices", 2, [("2026-042", "")]),
    ("2026-07-06", "bills", 2, [("7741", "")]),
    ("2026-07-30", "invoices", 2, [("2026-045", "")]),
    ("2026-08-02", "bills", 2, [("FI-2026-07-19", "")]),
    ("2026-08-14", "invoices", 3, [("2026-046", "")]),
    ("2026-08-20", "invoices", 2, [("2026-044", "500.00")]),
    ("2026-09-01", "bills", 2, [("KD-88", "")]),
    ("2026-09-15", "invoices", 2, [("2026-048", ""), ("2026-049", "")]),
    ("2026-09-22", "bills", 2, [("7802", "1000.00")]),
    ("2026-10-05", "invoices", 2, [("2026-050", "")]),
    ("2026-10-14", "invoices", 2, [("2026-052", "100.00")]),
    ("2026-10-28", "bills", 2, [("EA-60877", ""), ("SIA 14/09", "")]),
]
"""Day, kind, account, and what was paid: document number and sum (empty: all that is outstanding)."""
