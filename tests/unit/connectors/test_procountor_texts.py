"""The errors that Procountor's users know: what each is called, why it came, what to do, and how much it matters."""

import pytest

from tilisilta.services.problem_catalogue import CATALOGUE, Link, describe
from tilisilta.services.problem_texts import procountor

PARAMS = {
    "message": "m",
    "name": "Tukku Oy",
    "status": "INVALIDATED",
    "receipt": "9902001",
    "rows": "2",
    "entries": "1",
    "ours": "1.00",
    "theirs": "2.00",
    "amount": "25.50",
    "number": "7",
    "percent": "24",
    "used": "25.5, 10",
    "file": "kuva.pdf",
    "size": "40.0 MB",
    "limit": "10 MB",
    "type": "application/msword",
    "taken": "PDF, PNG",
    "count": "1",
    "paid": "1.00",
    "total": "2.00",
}


@pytest.mark.parametrize("text", procountor.TEXTS, ids=lambda text: text.code)
def test_every_text_is_whole(text: procountor.ProblemText) -> None:
    told = describe(text.code, PARAMS)
    for words in (told.title, told.cause, told.remedy):
        assert words
        assert "%" not in words.replace(" %", "")


@pytest.mark.parametrize(
    ("code", "title", "link"),
    [
        ("PROCOUNTOR_ROWS_EMPTY", "invoiceRows MAY_NOT_BE_EMPTY", Link.DOCUMENT),
        ("LEDGER_RECEIPT_RIGHTS_MISSING", "Insufficient access rights to modify the ledger receipt", Link.CONNECTION),
        ("BANK_ACCOUNT_NOT_OF_COMPANY", "BANK_ACCOUNT_DOES_NOT_BELONG_TO_THIS_COMPANY", Link.SETTINGS),
        ("INVALID_TOKEN", "Invalid token", Link.CONNECTION),
        ("ACCOUNT_OR_VAT_UNMAPPED", "An account or VAT status of a row is wrong", Link.MAPPINGS),
        ("PAYEE_NOT_IN_REGISTER", "The payee is not in the supplier register", Link.DOCUMENT),
    ],
)
def test_errors_keep_the_names_that_users_look_for(code: str, title: str, link: Link) -> None:
    assert describe(code, PARAMS).title == title
    assert CATALOGUE[code].link is link
