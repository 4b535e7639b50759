"""Document by document: what leaves the workspace as it happens, for targets that complete invoices themselves.

`level` says who may choose it and when a company may change over; `sending` puts documents in line; `wiring` listens
to what happens to them; `states` tells an invoice's page how far they are.
"""
