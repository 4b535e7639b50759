"""Texts that XML and Netvisor can take, with a note of everything that had to be changed."""

from tilisilta.connectors.netvisor.wire import FORBIDDEN
from tilisilta.core.problems import Problem, Severity, problem


class Texts:
    """Cleans texts of one record and collects warnings about what was changed."""

    def __init__(self) -> None:
        self.warnings: list[Problem] = []

    def clean(self, value: str, where: str) -> str:
        """Return `value` without characters that XML cannot hold."""
        text = value.strip()
        if not FORBIDDEN.search(text):
            return text
        cleaned = FORBIDDEN.sub("", text)
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
