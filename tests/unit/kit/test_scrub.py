import pytest

from tilisilta.kit.scrub import scrub

SECRETS = ("sa-demo-secret", "0f1e2d3c4b5a")


@pytest.mark.parametrize(
    ("raw", "hidden"),
    [
        ('{"apiKey":"ScoroAPI_0000aaaa","company_account_id":"naidis"}', "ScoroAPI_0000aaaa"),
        ('{"error":"bad body {\\"user_token\\":\\"utok_1234\\"}"}', "utok_1234"),
        ("GET /api?timestamp=1&apikey=a066f7de&signature=cbbc24f7b8", "cbbc24f7b8"),
        ("GET /api?timestamp=1&apikey=a066f7de&signature=cbbc24f7b8", "a066f7de"),
        ("<ApiSecret>hush</ApiSecret>", "hush"),
        ("Authorization: Bearer eyJhbGciOi", "eyJhbGciOi"),
        ("it echoed sa-demo-secret back", "sa-demo-secret"),
        ("isikukood 37605030299 ei sobi", "37605030299"),
        ("henkilötunnus 131052-308T puuttuu", "131052-308T"),
        ("'password': 'p4ss'", "p4ss"),
    ],
)
def test_secrets_and_personal_codes_are_gone(raw: str, hidden: str) -> None:
    scrubbed = scrub(raw, SECRETS)
    assert hidden not in scrubbed
    assert "***" in scrubbed


def test_what_is_no_secret_stays() -> None:
    raw = '{"number":"20260412","regCode":"12345678","iban":"EE382200221020145685","reference":"37605030290"}'
    assert scrub(raw, SECRETS) == raw


def test_long_answers_are_cut_and_say_so() -> None:
    scrubbed = scrub("x" * 50_000)
    assert len(scrubbed) < 4200
    assert scrubbed.endswith("[cut]")


def test_a_secret_across_the_cut_is_gone_too() -> None:
    scrubbed = scrub("x" * 4090 + "sa-demo-secret", SECRETS)
    assert "sa-de" not in scrubbed
