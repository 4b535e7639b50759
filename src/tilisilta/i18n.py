"""Catalogues of the pages' languages, kept with Babel, so that no system gettext is needed to run or to develop.

`python -m tilisilta.i18n extract | update | compile | check`; `check` fails on any missing or fuzzy translation.
"""

import io
import sys
from collections.abc import Collection, Generator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Final

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir, extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

PACKAGE: Final = Path(__file__).resolve().parent
LOCALE: Final = PACKAGE / "locale"
LANGUAGES: Final = ("et", "fi")
TEMPLATE: Final = LOCALE / "django.pot"
_DJANGO: Final = "tilisilta.i18n:extract_django"
METHODS: Final = [("**/templates/**.html", _DJANGO), ("**/templates/**.txt", _DJANGO), ("**.py", "python")]
KEYWORDS: Final[dict[str, Any]] = {
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "_": None,
}
_HEADER: Final = "# Translations of Tilisilta. Edited by hand; `python -m tilisilta.i18n update` adds what is new."

Found = tuple[int, str | tuple[str, ...], list[str], str | None]


def extract_django(
    fileobj: IO[bytes], keywords: Mapping[str, Any], comment_tags: Collection[str], options: Mapping[str, Any]
) -> Generator[Found, None, None]:
    """Find the messages of a Django template, as a Babel extraction method.

    Django itself turns the template into lines of Python with the same line numbers; Babel reads those.
    """
    from django.utils.translation.template import templatize  # noqa: PLC0415  works without settings

    encoding = str(options.get("encoding", "utf-8"))
    source = templatize(fileobj.read().decode(encoding))
    # What stood in the template between messages is blanked out and may be indented in no Pythonic way.
    source = "\n".join(line.lstrip() for line in source.split("\n"))
    yield from extract_python(io.BytesIO(source.encode()), keywords, comment_tags, {"encoding": "utf-8"})


def extract() -> Catalog:
    """Return the catalogue of every message in code and templates, and write it to `locale/django.pot`."""
    catalog = _found()
    LOCALE.mkdir(exist_ok=True)
    _write(TEMPLATE, catalog)
    return catalog


def _found() -> Catalog:
    catalog = _empty()
    for name, line, message, comments, context in extract_from_dir(
        PACKAGE,
        method_map=METHODS,
        options_map={},
        keywords=KEYWORDS,
        comment_tags=("Translators:",),
    ):
        del line  # numbers would change with every edit and say little
        catalog.add(message, None, [(name, 0)], auto_comments=comments, context=context)
    return catalog


def _empty(language: str | None = None) -> Catalog:
    # One date for ever: a catalogue changes when its messages do, not when someone runs a command.
    date = datetime(2026, 1, 1, tzinfo=UTC)
    return Catalog(
        locale=language,
        project="Tilisilta",
        version="1",
        header_comment=_HEADER,
        creation_date=date,
        revision_date=date,
        last_translator="Tilisilta",
        language_team=language or "",
        charset="utf-8",
        fuzzy=False,
    )


def _path(language: str) -> Path:
    return LOCALE / language / "LC_MESSAGES" / "django.po"


def _write(path: Path, catalog: Catalog) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(
            file, catalog, width=118, no_location=True, sort_output=True, include_previous=False, omit_header=False
        )


def load(language: str) -> Catalog:
    """Return a language's catalogue as it is kept; an empty one when there is none yet."""
    path = _path(language)
    if not path.exists():
        return _empty(language)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def update() -> None:
    """Bring every language's catalogue up to the messages that are in code now; what is gone is dropped."""
    template = extract()
    for language in LANGUAGES:
        catalog = load(language)
        catalog.update(template, no_fuzzy_matching=True, update_creation_date=False)
        catalog.obsolete.clear()
        _write(_path(language), catalog)


def compile_catalogues() -> None:
    """Write the binary catalogues that Django reads beside their sources."""
    for language in LANGUAGES:
        catalog = load(language)
        target = _path(language).with_suffix(".mo")
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb") as file:
            write_mo(file, catalog)


def problems() -> list[str]:
    """Return what is missing, fuzzy, not in code any more or broken in its placeholders, one line each."""
    wanted = _found()
    found = []
    for language in LANGUAGES:
        catalog = load(language)
        for message in wanted:
            if not message.id:
                continue
            kept = catalog.get(message.id, context=message.context)
            name = message.id[0] if isinstance(message.id, tuple) else message.id
            if kept is None or not _is_complete(kept.string):
                found.append(f"{language}: not translated: {name!r}")
            elif kept.fuzzy:
                found.append(f"{language}: fuzzy: {name!r}")
            else:
                found += [f"{language}: {name!r}: {error}" for error in kept.check(catalog)]
    return found


def _is_complete(string: str | tuple[str, ...] | list[str] | None) -> bool:
    return all(string) if isinstance(string, tuple | list) else bool(string)


def main(arguments: list[str]) -> int:
    """Run one command; return the exit code."""
    commands = {"extract": extract, "update": update, "compile": compile_catalogues}
    command = arguments[0] if arguments else ""
    if command in commands:
        commands[command]()
        return 0
    if command == "check":
        lines = problems()
        print("\n".join(lines) or "Every message is translated.")  # noqa: T201
        return 1 if lines else 0
    print(__doc__, file=sys.stderr)  # noqa: T201
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
