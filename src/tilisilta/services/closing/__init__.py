"""Closing periods: what belongs to one, what it sums up to, its vouchers, its locks and its history."""
