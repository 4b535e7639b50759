"""Visma Severa, emulated from the vendor sheet: REST and the older SOAP API over one organization's books.

`base_url` stands for both hosts: REST is at `{base_url}/rest-api/v1` (also `/v1.0`, also without `/rest-api`), SOAP
at `{base_url}/webservice/S3/API.svc` with its WSDL behind `?wsdl` and `/WSDL`.

Verified (documented or seen in public clients): paths, scopes, models and paging styles of the invoicing subset
(`contract.json`); field names of the token answer; separators of scopes; case-insensitive properties; array and sort
spellings; limit of 10 a second with its text; error envelope and types; PATCH with lower or upper case `replace`; SOAP
namespaces, actions, header, operations, members and their order (`soap_contract.txt`), faults and quota.

Inferred, with a switch each in `options.Options`: the pointer that moves a status, whether read-only statuses block
writes, life of tokens, shape of the 429, header of the row count, sign of credit notes, meaning of several codes, what
a renamed status answers over SOAP.

Inferred without a switch: HTTP 400 for InvalidParameter and InvalidOperation; a number is given when a status that has
one is reached; how entries are grouped into rows; parameter names that `soap_contract.txt` marks `~`, which are taken
by position; the criteria type of GetAllCustomers; models of users and phases, which the subset lacks.
Operations outside the subset answer 404.

Options of `POST /_emulator/reset`: `options.Options`. Generated data: `seeding.SeedSpec`. Fault kinds:
`emulator.SeveraEmulator`.
"""

from tilisilta_emulators.severa.emulator import SeveraEmulator
from tilisilta_emulators.severa.options import Options
from tilisilta_emulators.severa.seeding import SeedSpec

__all__ = ["Options", "SeedSpec", "SeveraEmulator"]
