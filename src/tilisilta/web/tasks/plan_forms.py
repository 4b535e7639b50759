"""Forms of planned tasks: rows of a client's plan and of templates."""

from typing import Any, Final

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tilisilta.core.recurrence import MAX_DUE_DAYS, MAX_DUE_MONTHS, MAX_INTERVAL
from tilisilta.services.practice.settings import month_of, today_of
from tilisilta.services.tasks.content import MAX_DESCRIPTION
from tilisilta.services.tasks.patterns import PatternContent
from tilisilta.services.tasks.patterns import content_of as pattern_of
from tilisilta.services.tasks.recurrences import RecurrenceContent
from tilisilta.store.models import BadDay, Company, FieldSubject, PlanTemplateRow, Recurrence, Rhythm
from tilisilta.web.practice import value_fields
from tilisilta.web.tasks import choices
from tilisilta.web.tasks.forms import date_field

_WEEKDAYS: Final = (
    ("1", _("Monday")), ("2", _("Tuesday")), ("3", _("Wednesday")), ("4", _("Thursday")), ("5", _("Friday")),
    ("6", _("Saturday")), ("7", _("Sunday")),
)  # fmt: skip
_PLAIN: Final = (
    "title", "description", "rhythm", "interval", "month_in_period", "start_day", "due_day", "due_months_after",
    "due_after_days", "bad_day", "estimate_minutes",
)  # fmt: skip


def _day(label: Any, help_text: Any = "") -> forms.IntegerField:
    return forms.IntegerField(label=label, required=False, min_value=1, max_value=31, help_text=help_text)


class PatternForm(forms.Form):
    """A planned task. Fields that its rhythm does not use are passed over."""

    title = forms.CharField(label=_("Title"), max_length=200)
    topic = forms.ChoiceField(label=_("Topic"), required=False)
    rhythm = forms.ChoiceField(label=_("Comes"), choices=Rhythm.choices)
    interval = forms.IntegerField(
        label=_("Every how many"), required=False, min_value=1, max_value=MAX_INTERVAL,
        help_text=_("2 means every second week, month, quarter or year."),
    )  # fmt: skip
    weekdays = forms.MultipleChoiceField(
        label=_("Days of the week"), choices=_WEEKDAYS, required=False, widget=forms.CheckboxSelectMultiple
    )
    due_after_days = forms.IntegerField(
        label=_("Due so many days after the start"), required=False, min_value=0, max_value=MAX_DUE_DAYS
    )
    month_in_period = forms.IntegerField(
        label=_("Month of the quarter or year"), required=False, min_value=1, max_value=12,
        help_text=_("1 is the first month of the quarter, or January of the year."),
    )  # fmt: skip
    start_day = _day(_("Start day"), _("31 is the last day of every month."))
    due_day = _day(_("Due day"))
    due_months_after = forms.IntegerField(
        label=_("Months from the start to the due day"), required=False, min_value=0, max_value=MAX_DUE_MONTHS,
        help_text=_("0: the due day lies in the same month."),
    )  # fmt: skip
    bad_day = forms.ChoiceField(
        label=_("When a day falls on a weekend or a public holiday"), choices=BadDay.choices,
        help_text=_("Public holidays are those of the client's country."),
    )  # fmt: skip
    estimate_minutes = forms.IntegerField(
        label=_("Estimate, minutes"), required=False, min_value=0, max_value=1_000_000
    )
    description = forms.CharField(
        label=_("Description"), required=False, max_length=MAX_DESCRIPTION, widget=forms.Textarea(attrs={"rows": 3})
    )
    steps = forms.CharField(
        label=_("Checklist"), required=False, max_length=20_000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("One line for each thing to be done."),
    )  # fmt: skip

    _WEEKLY: Final = ("weekdays", "due_after_days")
    _BY_MONTH: Final = ("month_in_period", "start_day", "due_day", "due_months_after")

    def __init__(
        self, *args: Any, company: Company, row: Recurrence | PlanTemplateRow | None = None, **kwargs: Any
    ) -> None:
        kwargs["initial"] = _initial(row) | dict(kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)
        topic = row.topic if row is not None else None
        choices.offer(self, "topic", choices.with_none(choices.topic_choices(company, topic)))
        self.own = value_fields.visible_fields(company, FieldSubject.TASK)
        value_fields.add_value_fields(self, self.own, row.values if row is not None else {})
        for field in self.own:  # a plan leaves open what each task is to be filled with
            self.fields[value_fields.form_name(field)].help_text = ""

    def sections(self) -> list[tuple[str, list[forms.BoundField]]]:
        """Return the fields under their headings."""
        head = ["title", "topic", *(name for name in ("assignee",) if name in self.fields)]
        span = [name for name in ("starts_on", "ends_on") if name in self.fields]
        found = [
            ("", [self[name] for name in head]),
            (gettext("When it comes"), [self[name] for name in ("rhythm", "interval", *span)]),
            (gettext("Weekly"), [self[name] for name in self._WEEKLY]),
            (gettext("Monthly, quarterly, yearly"), [self[name] for name in self._BY_MONTH]),
            (gettext("Days off"), [self["bad_day"]]),
            (gettext("What is to be done"), [self[name] for name in ("estimate_minutes", "description", "steps")]),
        ]
        own = value_fields.bound_fields(self, self.own)
        return [*found, (gettext("Own fields"), own)] if own else found

    def pattern(self) -> PatternContent:
        """Return the planned task as a valid form describes it."""
        data = self.cleaned_data
        whole = {name: data[name] for name in _PLAIN if data.get(name) is not None}
        return PatternContent(
            **whole,
            topic_id=choices.number(data["topic"]),
            weekdays=tuple(int(each) for each in data["weekdays"]),
            steps=tuple(data["steps"].splitlines()),
            values=value_fields.values_of(self, self.own),
        )


def _initial(row: Recurrence | PlanTemplateRow | None) -> dict[str, Any]:
    content = pattern_of(row) if row is not None else PatternContent(title="")
    return {name: getattr(content, name) for name in _PLAIN} | {
        "topic": str(content.topic_id or ""),
        "weekdays": [str(each) for each in content.weekdays],
        "steps": "\n".join(content.steps),
    }


class RecurrenceForm(PatternForm):
    """A row of a client's plan."""

    assignee = forms.ChoiceField(label=_("Assignee"), required=False)
    starts_on = date_field(
        _("First start"), required=True, help_text=_("Tasks are made from this day on, also those that are past.")
    )
    ends_on = date_field(_("Last start"), help_text=_("Empty: without an end."))

    def __init__(self, *args: Any, company: Company, row: Recurrence | None = None, **kwargs: Any) -> None:
        begin: dict[str, Any] = {"starts_on": month_of(today_of(company))}
        if row is not None:
            begin = {"starts_on": row.starts_on, "ends_on": row.ends_on, "assignee": str(row.assignee_id or "")}
        kwargs["initial"] = begin | dict(kwargs.get("initial") or {})
        super().__init__(*args, company=company, row=row, **kwargs)
        default = gettext("The client's main user")
        people = choices.people(company, [row.assignee] if row is not None else [])
        choices.offer(self, "assignee", choices.with_none(people, default))

    def content(self) -> RecurrenceContent:
        """Return the row as a valid form describes it."""
        data = self.cleaned_data
        return RecurrenceContent(
            pattern=self.pattern(),
            starts_on=data["starts_on"],
            ends_on=data["ends_on"],
            assignee_id=choices.number(data["assignee"]),
        )


class GiveForm(forms.Form):
    """To whom a template is given, and from when on."""

    clients = forms.MultipleChoiceField(label=_("Clients"), required=False, widget=forms.CheckboxSelectMultiple)
    group = forms.ChoiceField(label=_("And all clients of the group"), required=False)
    starts_on = date_field(
        _("First start"), required=True, help_text=_("Tasks are made from this day on, also those that are past.")
    )
    ends_on = date_field(_("Last start"), help_text=_("Empty: without an end."))
    assignee = forms.ChoiceField(label=_("Assignee"), required=False)

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        kwargs["initial"] = {"starts_on": month_of(today_of(company))} | dict(kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)
        choices.offer(self, "clients", choices.clients(company))
        choices.offer(self, "group", choices.with_none(choices.groups(company)))
        default = gettext("Each client's main user")
        choices.offer(self, "assignee", choices.with_none(choices.people(company), default))
