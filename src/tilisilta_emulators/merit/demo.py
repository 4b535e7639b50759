"""The demo: the bureau's own company and its clients, with the oddities that a bureau meets."""

from datetime import date

from tilisilta_emulators.merit import history, names
from tilisilta_emulators.merit.site import API_ID, API_KEY, Site
from tilisilta_emulators.merit.values import add_months

BUREAU = "Näidis Raamatupidamine OÜ"
KEY_NAME = "Tilisilta"


def open_site(site: Site) -> None:
    """Open the bureau's company and, unless the books are to be empty, the clients'."""
    options = site.options
    today = site.now(options.country).date()
    start = add_months(today.replace(day=1), -12 * max(0, options.years))
    full = options.data == "demo"
    own = history.Spec(start, today, sales=8, purchases=5, manual=2, customers=12, late=0.05) if full else None
    bureau = site.add_company(
        BUREAU, reg_no="14567830", vat_no="EE102345678", country=options.country, plan=options.plan, spec=own
    )
    site.add_key(bureau, KEY_NAME, API_ID, API_KEY)
    for number in range(options.companies if full else 0):
        _client(site, number, start, today)


def _client(site: Site, number: int, first: date, today: date) -> None:
    """Open one client; every tenth or so is odd in its own way.

    3: plan without API. 5: no registry code. 7: a code that no register knows. 11: the same code as 10. 13: key of
    another name. 17: no key at all. 19: revoked key. 23: foreign company. 29: no entries in the last months.
    """
    odd = number % 30
    code: str | None = names.registry_code(500_000 + (number - 1 if odd == 11 else number))
    if odd == 5:
        code = None
    elif odd == 7:
        code = f"99{number:06d}"
    elif odd == 23:
        code = f"HRB {10_000 + number}"
    spec = history.Spec(
        first,
        add_months(today, -4) if odd == 29 else today,
        sales=2 + number % 9,
        purchases=3 + number % 7,
        manual=1 + number % 4,
        payroll=number % 3 != 2,
        vat_return=number % 5 != 4,
        depreciation=number % 4 == 0,
        seed=number,
    )
    company = site.add_company(
        names.company(number) if odd != 23 else f"Beispiel {number} GmbH",
        reg_no=code,
        vat_no=None if number % 6 == 5 else f"EE10{number:07d}",
        country=site.options.country,
        plan="standard" if odd == 3 else "premium" if number % 2 else "pro",
        spec=spec,
    )
    if odd != 17:
        site.add_key(company, "Pangaliides" if odd == 13 else KEY_NAME).revoked = odd == 19
