"""The pull service: documents lie on a shelf, and another system fetches them as it fetches from Severa (SOAP)."""
