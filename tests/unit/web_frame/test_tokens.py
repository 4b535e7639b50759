from datetime import timedelta

import pytest
from django.utils import timezone

from tilisilta.services import tokens
from tilisilta.services.access import Forbidden
from tilisilta.services.errors import ServiceError
from tilisilta.store.models import ApiToken, AuditEntry


def test_a_token_is_shown_once_and_kept_as_a_hash(world):
    client = world.client("admin")
    page = client.post(world.url("tokens/new/"), {"name": "Aruandlus", "role": "accountant", "days": "90"})
    plain = page.context["plain"]
    assert plain in page.content.decode()
    token = ApiToken.objects.get()
    assert plain not in (token.token_hash, token.prefix)
    listed = client.get(world.url("tokens/")).content.decode()
    assert plain not in listed
    assert token.prefix in listed
    entry = AuditEntry.objects.get(action="token.created")
    assert plain not in str(entry.details) + entry.subject


def test_a_token_stands_for_its_company_and_role(world):
    token, plain = tokens.create_token(world.actor("admin"), name="API", role="accountant")
    actor = tokens.authenticate(plain, ip="192.0.2.9")
    assert (actor.company, actor.role, actor.user, actor.token) == (world.company, "accountant", None, token)
    assert actor.label == "API: API"
    token.refresh_from_db()
    assert token.last_used_at is not None
    with pytest.raises(Forbidden):
        tokens.create_token(actor, name="more", role="viewer")


def test_tokens_that_are_wrong_revoked_or_old_do_not_work(world):
    actor = world.actor("admin")
    with pytest.raises(tokens.InvalidToken):
        tokens.authenticate("tls_nonsense")
    token, plain = tokens.create_token(actor, name="a", role="viewer")
    tokens.revoke_token(actor, token.pk)
    _, old = tokens.create_token(actor, name="b", role="viewer", expires_at=timezone.now() - timedelta(seconds=1))
    for text in (plain, old):
        with pytest.raises(tokens.InvalidToken):
            tokens.authenticate(text)


def test_no_token_has_a_higher_role_than_its_maker(world):
    with pytest.raises(ServiceError) as caught:
        tokens.create_token(world.actor("admin"), name="a", role="owner")
    assert caught.value.code == "TOKEN_ROLE_TOO_HIGH"
    page = world.client("admin").post(world.url("tokens/new/"), {"name": "x", "role": "owner", "days": "90"})
    assert page.context["form"].errors["role"]
    assert not ApiToken.objects.exists()
