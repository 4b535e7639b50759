"""Approval circulation of purchase invoices: who checks, who approves, and what they said."""
