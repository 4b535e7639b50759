"""Texts in the lengths that Merit takes, with a note of everything that had to be changed."""

from tilisilta.core.problems import Problem, Severity, problem


class Texts:
    """Shortens texts of one record and collects warnings about what was changed."""

    def __init__(self) -> None:
        self.warnings: list[Problem] = []

    def cut(self, value: str, where: str, limit: int) -> str:
        """Return `value` cut to `limit` characters, with a warning when it was longer."""
        shown = value.strip()
        if len(shown) <= limit:
            return shown
        self.warn("TEXT_CUT", where, value=shown, limit=limit)
        return shown[:limit].rstrip()

    def warn(self, code: str, where: str, **params: object) -> None:
        """Add a warning; the document goes on."""
        self.warnings.append(problem(code, where=where, severity=Severity.WARNING, **params))
