import pytest
from django.core.cache import cache
from tests.support.practice import make_bureau, make_stranger


@pytest.fixture(autouse=True)
def _no_limits_left_over():
    cache.clear()


@pytest.fixture
def bureau(db):
    return make_bureau()


@pytest.fixture
def stranger(bureau):
    return make_stranger()
