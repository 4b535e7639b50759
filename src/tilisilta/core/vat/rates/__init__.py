"""VAT rates by country and day."""
