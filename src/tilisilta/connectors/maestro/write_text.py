"""Texts as the files can hold them, with a note of everything that had to be changed."""

import re

from tilisilta.core.problems import Problem, Severity, problem

_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


class Texts:
    """Cleans texts of one record and collects warnings about what was changed."""

    def __init__(self) -> None:
        self.warnings: list[Problem] = []

    def clean(self, value: str, where: str) -> str:
        """Return `value` without characters that XML cannot hold."""
        text = value.strip()
        cleaned = _FORBIDDEN.sub("", text)
        if cleaned != text:
            self.warn("CHARACTERS_REMOVED", where, value=cleaned)
        return cleaned

    def cut(self, value: str, where: str, limit: int) -> str:
        """Return `value` cleaned and cut to `limit` characters, with a warning when it was longer."""
        cleaned = self.clean(value, where)
        if len(cleaned) <= limit:
            return cleaned
        self.warn("TEXT_CUT", where, value=cleaned, limit=limit)
        return cleaned[:limit].rstrip()

    def warn(self, code: str, where: str, **params: object) -> None:
        """Add a warning; the document goes on."""
        self.warnings.append(problem(code, where=where, severity=Severity.WARNING, **params))
