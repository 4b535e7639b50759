"""Merit Aktiva API v1 and v2, emulated from the vendor sheet: one host with the books of many companies.

Verified against the vendor's manual (as the sheet read it): paths and versions, the signature and its published
example, period limits, the rate limit's headers, field names and lengths, plain-text refusals, the Estonian
messages that the sheet quotes, delete text, reference numbers, rounding of rows.
Inferred, each behind a switch of `options.MeritOptions`: the clock's window, the status of a bad id, duplicate
numbers, what `UnPaid` and `ChangedDate` mean, whether a payment changes its invoice, whether taxes may be left to
the server. Inferred without a switch: messages that the sheet does not quote, ledger accounts, batch codes other
than MA, MY, OS, KD and PÄ, which fields of a wrong type end in a FormatException, that getpaymenttypes needs its Type,
that a payment goes to the first unpaid invoice of its number and sign, that line breaks in base64 are skipped, that
0 and a zero id in a field stand for nothing.

A second country's host is the same address with `/ee`, `/fi` or `/pl` before `/api`. `provisioning` stands for the
sign-in that lists companies and makes keys; it is not an API of the vendor.
"""

from tilisilta_emulators.merit.emulator import MeritEmulator
from tilisilta_emulators.merit.options import MeritOptions
from tilisilta_emulators.merit.signature import sign
from tilisilta_emulators.merit.site import API_ID, API_KEY

__all__ = ["API_ID", "API_KEY", "MeritEmulator", "MeritOptions", "sign"]
