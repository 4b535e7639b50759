"""Write the parts of the docs that come from the product itself: `python docs/build.py`; `--check` only compares.

A part stands between `<!-- made: NAME -->` and `<!-- end -->` in a page; what is around it is written by hand.
"""

import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

DOCS = Path(__file__).resolve().parent
_PART = re.compile(r"<!-- made: (?P<name>[a-z:_]+) -->\n.*?<!-- end -->", re.DOTALL)


def _table(heads: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> str:
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    lines += ["| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def settings() -> str:
    """Return the table of all settings; defaults that depend on the machine are told in words."""
    from tilisilta.environment import PREFIX, REGISTRY

    def rows() -> Iterator[tuple[str, ...]]:
        for each in sorted(REGISTRY.values(), key=lambda each: each.name):
            default = "./var" if each.name == "DATA_DIR" else each.value
            yield f"`{PREFIX}{each.name}`", f"`{default}`" if default else "", each.help

    return _table(("setting", "default", "what it is for"), rows())


def commands() -> str:
    """Return every command with its options, from the commands themselves."""
    import typer

    from tilisilta.cli import app

    found: list[str] = []

    def walk(command: Any, path: str) -> None:
        if hasattr(command, "commands"):
            for name in sorted(command.commands):
                walk(command.commands[name], f"{path} {name}")
            return
        found.append(f"### `{path}`\n\n{' '.join((command.help or '').split())}\n")
        options = []
        for param in command.params:
            if param.name == "help":
                continue
            names = (
                ", ".join([*param.opts, *param.secondary_opts]) if param.opts[0].startswith("-") else param.name.upper()
            )
            options.append((f"`{names}`", getattr(param, "help", "") or ""))
        if options:
            found.append(_table(("option", "what it does"), iter(options)) + "\n")

    walk(typer.main.get_command(app), "tilisilta")
    return "\n".join(found).rstrip()


def problems() -> str:
    """Return every problem: what it means, why it came, what to do."""
    from tilisilta.services.problem_catalogue import CATALOGUE

    lines = []
    for code, text in sorted(CATALOGUE.items()):
        title, cause, remedy = (
            re.sub(r"%\((\w+)\)s", r"‹\1›", str(each)) for each in (text.title, text.cause, text.remedy)
        )
        lines.append(f"### {code}\n\n**{title}.** {cause}\n\n→ {remedy}\n")
    return "\n".join(lines).rstrip()


def capabilities() -> str:
    """Return which connector reads and writes what."""
    from tilisilta.core.documents import DocumentKind
    from tilisilta.services.connections import all_manifests

    manifests = all_manifests()

    def can(manifest: Any, kind: DocumentKind) -> str:
        return " ".join(
            word for word, kinds in (("reads", manifest.reads), ("writes", manifest.writes)) if kind in kinds
        )

    rows = ((kind.value.replace("_", " "), *(can(each, kind) for each in manifests)) for kind in DocumentKind)
    heads = ("kind", *(f"[{each.name}]({each.vendor}.md)" for each in manifests))
    return _table(heads, iter(row for row in rows if any(row[1:])))


def facts(vendor: str) -> str:
    """Return what we lean on for one vendor, with how sure it is; then its errors and what becomes of them."""
    from tilisilta.services.connections import manifest

    told = manifest(vendor)
    parts = [
        _table(
            ("what we lean on", "how sure", "from"),
            ((each.text, each.confidence.value, each.source) for each in told.facts),
        )
    ]
    if told.errors:
        fates = {"refused": "this document is refused", "misconfigured": "the connection waits for a person",
                 "retry": "tried again", "parked": "kept until it may go"}  # fmt: skip
        rows = ((f"`{each.match}`", each.code, fates[each.fate]) for each in told.errors)
        parts.append(_table(("the vendor's words", "problem", "what happens"), rows))
    return "\n\n".join(parts)


def coverage(vendor: str) -> str:
    """Return which fields a connector carries, by kind."""
    from tilisilta.services.connections import manifest

    def rows() -> Iterator[tuple[str, ...]]:
        for kind, fields in manifest(vendor).coverage.items():
            by_state: dict[str, list[str]] = {}
            for each in fields:
                by_state.setdefault(each.carried, []).append(f"{each.field} ({each.note})" if each.note else each.field)
            yield (
                str(getattr(kind, "value", kind)).replace("_", " "),
                *("; ".join(by_state.get(state, ())) for state in ("carried", "partly", "not carried")),
            )

    return _table(("kind", "carried", "partly", "not carried"), rows())


def part(name: str) -> str:
    """Return a part by its name, such as `settings` or `facts:scoro`."""
    makers: dict[str, Callable[..., str]] = {
        "settings": settings,
        "commands": commands,
        "problems": problems,
        "capabilities": capabilities,
        "facts": facts,
        "coverage": coverage,
    }
    maker, _, vendor = name.partition(":")
    return makers[maker](vendor) if vendor else makers[maker]()


def pages() -> Iterator[tuple[Path, str, str]]:
    """Yield every page that has made parts: its path, its text now, its text as it should be."""
    for path in sorted(DOCS.rglob("*.md")):
        text = path.read_text()
        made = _PART.sub(lambda found: f"<!-- made: {found['name']} -->\n{part(found['name'])}\n<!-- end -->", text)
        if "<!-- made: " in text:
            yield path, text, made


def main(arguments: list[str]) -> int:
    """Write the pages, or with `--check` tell which differ; return the exit code."""
    stale = []
    for path, text, made in pages():
        if text != made:
            stale.append(str(path.relative_to(DOCS.parent)))
            if "--check" not in arguments:
                path.write_text(made)
    for name in stale:
        sys.stdout.write(f"{'stale' if '--check' in arguments else 'written'}: {name}\n")
    return 1 if stale and "--check" in arguments else 0


def set_up() -> None:
    """Make the product ready with its defaults, whatever the environment says."""
    for name in [name for name in os.environ if name.startswith("TILISILTA_")]:
        del os.environ[name]
    os.environ["DJANGO_SETTINGS_MODULE"] = "tilisilta.settings"
    os.environ["TILISILTA_DATA_DIR"] = tempfile.mkdtemp(prefix="tilisilta-docs-")
    from tilisilta.bootstrap import set_up_django

    set_up_django()


if __name__ == "__main__":
    set_up()
    sys.exit(main(sys.argv[1:]))
