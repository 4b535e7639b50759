"""Document by document: what leaves the workspace as it happens, for targets that complete invoices themselves.

`level` says who may choose it and when a company may change over, `asking` tells the operator who wishes to; `sending`
puts documents in line, `by_person` those that a person sends; `wiring` listens to what happens to them.
"""
