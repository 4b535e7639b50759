"""Numbers that carry their own check: one file each, always `compact`, `validate`, `is_valid`.

`validate` returns the compact number or raises ValueError with the reason in plain words.
"""
