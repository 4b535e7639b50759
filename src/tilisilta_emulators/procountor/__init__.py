"""Procountor's REST API, emulated from the vendor sheet: companies with their registers, documents and ledger.

Documented by the vendor, so strict here: the M2M token call, fields with their limits and enumerations
(`fields.json`, API 26.04), statuses and their errors, versions on PUT, batch GET, paging, search by header, net
accounting values with one reversing row, VAT status and percentage, closed periods, the company's own bank
accounts, two-factor endpoints that answer 202, attachments up to 10,000,000 bytes.

Inferred or unknown, so switches of `options.Options`: body of token errors, rate limit and 429, rounding step,
approval with circulation, statuses after approving and sending, partner matching by POST /invoices, the status of
the ledger-rights error, edits after approval, whether a revoked key ends its tokens. VAT statuses from 900 up are
invented, and so are codes of validation errors that the sheet does not name, the API-key swap at the token
endpoint, the header of webhook signatures and which accounts bear VAT.

Control of its own: `control`; acts of people: `acts`; fault kinds: `emulator`; generated data: `seeding.SeedSpec`.
"""

from tilisilta_emulators.procountor.emulator import ProcountorEmulator
from tilisilta_emulators.procountor.options import Options
from tilisilta_emulators.procountor.seeding import SeedSpec

__all__ = ["Options", "ProcountorEmulator", "SeedSpec"]
