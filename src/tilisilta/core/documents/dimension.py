"""Dimensions: cost centres, projects and the like."""

import msgspec


class DimensionValue(msgspec.Struct, frozen=True, omit_defaults=True):
    """One value of one dimension; `axis` is the source's name of the dimension ("project")."""

    axis: str
    source_id: str
    name: str = ""
