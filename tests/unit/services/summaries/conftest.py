import pytest
from tests.support.bureau import Bureau, make_bureau, with_books


@pytest.fixture
def bureau(db: None, monkeypatch: pytest.MonkeyPatch) -> Bureau:
    """A bureau with one client whose books are in memory, its summaries switched on."""
    made = with_books(make_bureau(), monkeypatch)
    made.add_client()
    made.set_up()
    return made
