"""Monthly summaries: what was entered in the books of clients, each entry counted once."""
