"""Stateful stand-ins for vendors, written from the vendors' documents; they import nothing of the product."""
