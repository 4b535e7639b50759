import pytest
from tests.support.practice import make_bureau


@pytest.fixture
def bureau(db):
    return make_bureau()
