from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core import mail
from django.test import Client

from tilisilta.store.models import AuditEntry

PASSWORD = "kolm-siili-metsas"


def code_of(secret):
    return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))


def signed_in(**more):
    client = Client()
    client.post("/account/login/", {"login": "viewer@example.com", "password": PASSWORD, **more})
    return client


def test_two_step_sign_in_from_turning_on_to_a_recovery_code(world, django_capture_on_commit_callbacks):
    client = signed_in()
    asked = client.get("/account/2fa/totp/activate/")
    assert asked["Location"].startswith("/account/reauthenticate/"), "the password once more before it changes"
    assert client.post(asked["Location"], {"password": "wrong-password"}).status_code == 200
    client.post(asked["Location"], {"password": PASSWORD})
    page = client.get("/account/2fa/totp/activate/")
    assert page.status_code == 200
    assert "data:image/svg+xml" in page.content.decode()
    secret = page.context["form"].secret
    with django_capture_on_commit_callbacks(execute=True):
        client.post("/account/2fa/totp/activate/", {"code": code_of(secret)})
    totp = Authenticator.objects.get(type="totp")
    assert secret not in str(totp.data), "sealed at rest"
    codes = client.get("/account/2fa/recovery-codes/").context["unused_codes"]
    assert len(codes) >= 8
    assert "On" in client.get("/profile/").content.decode()

    other = signed_in()
    assert other.get(world.url("")).status_code == 302, "the password alone lets nobody in"
    refused = other.post("/account/2fa/authenticate/", {"code": "000000"})
    assert refused.status_code == 200
    other.post("/account/2fa/authenticate/", {"code": codes[0]})
    assert other.get(world.url("")).status_code == 200

    third = signed_in()
    assert third.post("/account/2fa/authenticate/", {"code": codes[0]}).status_code == 200, "each code once"
    actions = set(AuditEntry.objects.filter(company=None).values_list("action", flat=True))
    assert "user.mfa_on" in actions


def test_a_changed_password_signs_out_and_works(world):
    client = signed_in()
    form = {"oldpassword": PASSWORD, "password1": "neli-kala-järves", "password2": "neli-kala-järves"}
    assert client.post("/account/password/change/", form).status_code == 302
    assert client.get(world.url("")).status_code == 302
    again = Client()
    again.post("/account/login/", {"login": "viewer@example.com", "password": "neli-kala-järves"})
    assert again.get(world.url("")).status_code == 200
    assert AuditEntry.objects.filter(action="user.password_changed").count() == 1


def test_a_forgotten_password_is_set_by_mail_in_the_persons_language(world, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    world.people["viewer"].language = "et"
    world.people["viewer"].save()
    client = Client()
    assert client.post("/account/password/reset/", {"email": "viewer@example.com"}).status_code == 302
    (message,) = mail.outbox
    link = next(word for word in message.body.split() if "/account/password/reset/key/" in word)
    page = client.get(link.split("testserver")[-1].replace(settings.BASE_URL, ""), follow=True)
    form = {"password1": "neli-kala-järves", "password2": "neli-kala-järves"}
    done = client.post(page.request["PATH_INFO"], form)
    assert done.status_code == 302
    assert client.login(email="viewer@example.com", password="neli-kala-järves")
    assert message.subject == "Uue parooli määramine Tilisillas"


def test_an_unknown_address_is_not_told_apart(world, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    known = Client().post("/account/password/reset/", {"email": "viewer@example.com"})
    unknown = Client().post("/account/password/reset/", {"email": "nobody@example.com"})
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
