"""A company's own ledger: chart of accounts, postings of invoices, payments, bank files."""
