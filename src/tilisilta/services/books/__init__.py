"""The books of clients: bookkeeping systems switched on, keys of single clients, imports of clients."""
