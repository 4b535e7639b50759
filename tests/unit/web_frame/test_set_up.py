import pytest
from django.test import Client

from tilisilta.services import companies
from tilisilta.services.errors import ServiceError
from tilisilta.store.models import AuditEntry, Company, Membership, User

FORM = {
    "name": "Mari Maasikas",
    "email": "Mari@Example.com",
    "password": "kolm-siili-metsas",
    "password_again": "kolm-siili-metsas",
    "company_name": "Raamatupidaja OÜ",
    "country": "FI",
    "registry_code": "0737546-2",
    "vat_number": "FI07375462",
}


def test_a_new_installation_leads_to_set_up_from_anywhere(db):
    for path in ("/", "/account/login/", "/c/1/", "/profile/"):
        response = Client().get(path)
        assert (response.status_code, response["Location"]) == (302, "/setup/")


def test_set_up_makes_owner_and_company_and_signs_in(db):
    client = Client()
    assert client.get("/setup/").status_code == 200
    response = client.post("/setup/", FORM)
    company = Company.objects.get()
    assert response["Location"] == f"/c/{company.pk}/"
    assert (company.name, company.country, company.time_zone) == ("Raamatupidaja OÜ", "FI", "Europe/Helsinki")
    membership = Membership.objects.get()
    assert (membership.user.email, membership.role) == ("mari@example.com", "owner")
    assert client.get(f"/c/{company.pk}/").status_code == 200
    assert AuditEntry.objects.filter(company=company, action="company.created").exists()


def test_set_up_is_gone_afterwards(db):
    Client().post("/setup/", FORM)
    other = Client()
    assert other.get("/setup/")["Location"] == "/"
    assert other.post("/setup/", {**FORM, "email": "thief@example.com"})["Location"] == "/"
    assert list(User.objects.values_list("email", flat=True)) == ["mari@example.com"]


def test_two_set_ups_at_once_make_one_owner(db):
    Client().post("/setup/", FORM)
    # The second was past the page's own check before the first was saved.
    with pytest.raises(ServiceError, match="set up already") as caught:
        companies.set_up_owner(email="b@example.com", name="B", password="kolm-siili-metsas", language="et", company={})
    assert caught.value.code == "ALREADY_SET_UP"
    assert User.objects.count() == 1


def test_a_weak_password_is_named_at_its_field(db):
    response = Client().post("/setup/", {**FORM, "password": "1234567890", "password_again": "1234567890"})
    assert response.status_code == 200
    assert response.context["form"].errors["password"]
    assert not User.objects.exists()


def test_a_code_that_fails_its_check_warns_and_stops_nothing(db):
    response = Client().post("/setup/", {**FORM, "registry_code": "1234567-8"}, follow=True)
    assert "check digit" in response.content.decode()
    assert Company.objects.get().registry_code == "1234567-8"
