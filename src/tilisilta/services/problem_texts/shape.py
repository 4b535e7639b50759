"""The shape of a catalogue text."""

from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise

Text = str | Promise


class Link(StrEnum):
    """The place where a problem is solved; pages turn it into an address."""

    NOWHERE = ""
    CONNECTION = "connection"
    MAPPINGS = "mappings"
    MATCHES = "matches"
    ID_MAP = "id_map"
    IMPORT = "import"
    SETTINGS = "settings"
    DOCUMENT = "document"
    FILES = "files"
    RUN = "run"


@dataclass(frozen=True, slots=True)
class ProblemText:
    """What a person reads: what is wrong, why, and what to do. Texts may use parameters as `%(name)s`."""

    code: str
    title: Text
    cause: Text
    remedy: Text
    link: Link = Link.DOCUMENT
