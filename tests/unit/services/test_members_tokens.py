"""API keys end with the rights of whoever made them."""

import pytest
from tests.support.product import make_company

from tilisilta.services import members, tokens
from tilisilta.services.access import Actor
from tilisilta.store.models import Membership, Role, User


@pytest.fixture
def people(db):
    company, owner = make_company()
    user = User.objects.create_user("abi@naidis.ee", "pikk-parool-1")
    membership = Membership.objects.create(company=company, user=user, role=Role.ADMIN)
    admin = Actor(company=company, role=Role.ADMIN, user=user, label="abi")
    _, plain_admin = tokens.create_token(admin, name="a", role=Role.ADMIN)
    _, plain_viewer = tokens.create_token(admin, name="v", role=Role.VIEWER)
    return owner, membership, plain_admin, plain_viewer


def test_keys_of_a_removed_member_stop_working(people):
    owner, membership, plain_admin, plain_viewer = people
    assert tokens.authenticate(plain_admin).role == Role.ADMIN
    members.remove_member(owner, membership.pk)
    for plain in (plain_admin, plain_viewer):
        with pytest.raises(tokens.InvalidToken):
            tokens.authenticate(plain)


def test_a_lower_role_ends_the_higher_keys_only(people):
    owner, membership, plain_admin, plain_viewer = people
    members.change_role(owner, membership.pk, Role.ACCOUNTANT)
    with pytest.raises(tokens.InvalidToken):
        tokens.authenticate(plain_admin)
    assert tokens.authenticate(plain_viewer).role == Role.VIEWER
