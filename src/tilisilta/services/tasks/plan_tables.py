"""Plan templates as tables: out as CSV or XLSX, and back in from what people keep in their own sheets."""

import datetime as dt
from collections.abc import Iterable
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext, gettext_noop

from tilisilta.services.access import Actor
from tilisilta.services.errors import ServiceError
from tilisilta.services.tables import Cell, Table, TableRow, cell, fold_header, read_table, write_csv, write_xlsx
from tilisilta.services.tasks import messages, patterns
from tilisilta.services.tasks.patterns import PatternContent
from tilisilta.services.tasks.templates import MAX_ROWS, add_rows, rows_of, save_template
from tilisilta.services.tasks.topics import ensure_topic
from tilisilta.store.models import BadDay, PlanTemplate, PlanTemplateRow, Rhythm

messages.make_known()

# Fields of a row and the headers under which they are known; the first is ours, others are what people write.
_HEADERS: Final[dict[str, tuple[str, ...]]] = {
    "title": (gettext_noop("Title"), "Task", "Ülesanne", "Pealkiri", "Tehtävä", "Otsikko"),
    "topic": (gettext_noop("Topic"), "Teema", "Aihe"),
    "rhythm": (gettext_noop("Rhythm"), "Recurrence", "Korduvus", "Toistuvuus"),
    "interval": (gettext_noop("Every"), "Interval", "Intervall", "Iga", "Väli"),
    "weekdays": (gettext_noop("Weekdays"), "Nädalapäevad", "Viikonpäivät"),
    "month_in_period": (gettext_noop("Month of the period"), "Month", "Kuu", "Kuukausi"),
    "start_day": (gettext_noop("Start day"), "Alguspäev", "Aloituspäivä"),
    "due_day": (gettext_noop("Due day"), "Tähtpäev", "Tähtaeg", "Eräpäivä"),
    "due_months_after": (gettext_noop("Due months later"),),
    "due_after_days": (gettext_noop("Due days later"),),
    "bad_day": (gettext_noop("On days off"), "Bad day"),
    "description": (gettext_noop("Description"), "Kirjeldus", "Kuvaus"),
    "steps": (gettext_noop("Checklist"), "Kontrollnimekiri", "Tarkistuslista"),
    "estimate_minutes": (gettext_noop("Estimate, minutes"), "Estimate"),
}
_STEP_MARK: Final = "|"
_ROWS_TOLD: Final = 20
_DIGITS: Final = 6


def _synonyms() -> dict[str, tuple[str, ...]]:
    """Return the headers of each field: as written above, and ours in every language."""
    found = {}
    for field, names in _HEADERS.items():
        ours = []
        for code, _name in settings.LANGUAGES:
            with translation.override(code):
                ours.append(gettext(names[0]))
        found[field] = tuple(dict.fromkeys((gettext(names[0]), *names, *ours)))
    return found


def _words(choices: Iterable[tuple[str, Any]]) -> dict[str, str]:
    """Return the codes of choices by their words in every language, folded; a code stands for itself."""
    found = {}
    pairs = list(choices)
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            found.update({fold_header(str(label)): value for value, label in pairs})
    return found | {value: value for value, _label in pairs}


def _weekday_words() -> dict[str, str]:
    found = {str(number): str(number) for number in range(1, 8)}
    monday = dt.date(2001, 1, 1)
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            for number in range(1, 8):
                day = monday + dt.timedelta(days=number - 1)
                found |= {fold_header(date_format(day, form)): str(number) for form in ("l", "D")}
    return found


# --- out ----------------------------------------------------------------------------------------------------


def export(template: PlanTemplate, file_format: str) -> tuple[str, bytes]:
    """Return name and bytes of a template as a table that can be brought back; `file_format` is "csv" or "xlsx"."""
    headers = [gettext(names[0]) for names in _HEADERS.values()]
    rows = [_cells(row) for row in rows_of(template)]
    name = f"{template.name}.{file_format}"
    if file_format == "xlsx":
        return name, write_xlsx(headers, rows, title=template.name)
    return name, write_csv(headers, rows)


def _cells(row: PlanTemplateRow) -> list[Cell]:
    is_weekly = row.rhythm == Rhythm.WEEKLY
    monday = dt.date(2001, 1, 1)
    days = [str(date_format(monday + dt.timedelta(days=day - 1), "l")) for day in row.weekdays]
    return [
        row.title,
        row.topic.name if row.topic else "",
        str(Rhythm(row.rhythm).label),
        row.interval,
        ", ".join(days),
        None if is_weekly else row.month_in_period,
        None if is_weekly else row.start_day,
        None if is_weekly else row.due_day,
        None if is_weekly else row.due_months_after,
        row.due_after_days if is_weekly else None,
        str(BadDay(row.bad_day).label),
        row.description,
        f" {_STEP_MARK} ".join(row.steps),
        row.estimate_minutes,
    ]


# --- in -----------------------------------------------------------------------------------------------------


def import_template(
    actor: Actor, name: str, content: bytes, *, template_name: str = "", template: PlanTemplate | None = None
) -> tuple[PlanTemplate, int]:
    """Make a template of a table, or put its rows at a template's end; return it and how many rows came. All or none.

    Topics that the table names are made when they are missing.

    Args:
        actor: Who hands it in.
        name: The file's name.
        content: Its bytes, CSV or XLSX.
        template_name: The new template's name; the file's without its ending when left out.
        template: The one to add to.

    Raises:
        Forbidden: the role is too low.
        ServiceError: PRACTICE_OFF, FILE_..., PLAN_FILE_ROWS with lines and rules, TEMPLATE_TAKEN.
    """
    table = read_table(name, content, max_rows=MAX_ROWS)
    columns = table.columns(_synonyms(), required=["title"])
    with transaction.atomic():
        kept = template or save_template(actor, name=template_name or name.rsplit(".", 1)[0])
        contents = _contents(actor, table, columns)
        return kept, add_rows(actor, kept, contents)


def _contents(actor: Actor, table: Table, columns: dict[str, int]) -> list[PatternContent]:
    words = {"rhythm": _words(Rhythm.choices), "bad_day": _words(BadDay.choices), "weekdays": _weekday_words()}
    found: list[PatternContent] = []
    wrong: list[str] = []
    for row in table.rows:
        try:
            content = _Reader(row, columns, words).content(actor)
            patterns.check(actor.company, content)  # row by row, so that each mistake is told with its line
        except ServiceError as error:
            wrong.append(gettext("row %(line)d: %(reason)s") % {"line": row.line, "reason": error})
            continue
        found.append(content)
    if wrong:
        told = " ".join(wrong[:_ROWS_TOLD]) + (" …" if len(wrong) > _ROWS_TOLD else "")
        raise ServiceError("PLAN_FILE_ROWS", rows=told)
    return found


class _Reader:
    """Cells of one row by field, turned into what they mean."""

    def __init__(self, row: TableRow, columns: dict[str, int], words: dict[str, dict[str, str]]) -> None:
        self.row, self.columns, self.words = row, columns, words

    def text(self, field: str) -> str:
        return cell(self.row, self.columns.get(field))

    def number(self, field: str, default: int) -> int:
        """Return a whole number. Raises: ServiceError: PLAN_FILE_NUMBER."""
        text = self.text(field)
        if not text:
            return default
        if not text.isdecimal() or len(text) > _DIGITS:
            raise ServiceError("PLAN_FILE_NUMBER", column=gettext(_HEADERS[field][0]), value=text[:40])
        return int(text)

    def word(self, field: str, text: str, default: str) -> str:
        """Return the code of a word. Raises: ServiceError: PLAN_FILE_WORD."""
        if not text:
            return default
        found = self.words[field].get(fold_header(text))
        if found is None:
            raise ServiceError("PLAN_FILE_WORD", column=gettext(_HEADERS[field][0]), value=text[:40])
        return found

    def content(self, actor: Actor) -> PatternContent:
        """Return the row as a planned task; a topic that is missing is made. Raises: ServiceError."""
        rhythm = self.word("rhythm", self.text("rhythm"), Rhythm.MONTHLY.value)
        days = [each for each in self.text("weekdays").replace(";", ",").split(",") if each.strip()]
        topic = self.text("topic")
        return PatternContent(
            title=self.text("title"),
            topic_id=ensure_topic(actor, topic).pk if topic else None,
            description=self.text("description"),
            rhythm=rhythm,
            interval=self.number("interval", 1),
            weekdays=tuple(int(self.word("weekdays", each, "")) for each in days),
            month_in_period=self.number("month_in_period", 1),
            start_day=self.number("start_day", 1),
            due_day=self.number("due_day", 20),
            due_months_after=self.number("due_months_after", 0),
            due_after_days=self.number("due_after_days", 0),
            bad_day=self.word("bad_day", self.text("bad_day"), BadDay.KEEP.value),
            steps=tuple(each.strip() for each in self.text("steps").split(_STEP_MARK)),
            estimate_minutes=self.number("estimate_minutes", 0) or None,
        )
