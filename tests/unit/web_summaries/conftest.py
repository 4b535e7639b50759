import pytest
from tests.support.bureau import Bureau, make_bureau, with_books
from tests.support.pages import Pages


@pytest.fixture
def bureau(db: None, monkeypatch: pytest.MonkeyPatch) -> Bureau:
    """A bureau with one client whose books are in memory; its summaries have no settings yet."""
    made = with_books(make_bureau(), monkeypatch)
    made.add_client()
    return made


@pytest.fixture
def pages(bureau: Bureau) -> Pages:
    """The browser of the bureau's owner."""
    return Pages(bureau.company, bureau.actor.user)
