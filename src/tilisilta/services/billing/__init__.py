"""The bureau's own billing: products, contracts, invoices, their way to the books and their payment."""
