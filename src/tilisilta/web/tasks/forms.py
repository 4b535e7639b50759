"""Forms of tasks and their time."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tilisilta.services.practice.settings import today_of
from tilisilta.services.tasks.content import MAX_DESCRIPTION, TaskContent
from tilisilta.services.tasks.lists import TaskFilter
from tilisilta.store.models import Company, FieldSubject, Task, TimeEntry
from tilisilta.web.practice import value_fields
from tilisilta.web.tasks import choices


def date_field(label: Any, *, required: bool = False, help_text: Any = "") -> forms.DateField:
    """Return a field for a day, as browsers have their own control for."""
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=required, help_text=help_text, widget=widget)


class TaskForm(forms.Form):
    """A task whole; the checklist only of a new one, for later it has its own place on the task's page."""

    client = forms.ChoiceField(label=_("Client"))
    title = forms.CharField(label=_("Title"), max_length=200)
    topic = forms.ChoiceField(label=_("Topic"), required=False)
    new_topic = forms.CharField(
        label=_("Or a new topic"), max_length=80, required=False,
        help_text=_("It is made and stands in the list of topics from then on."),
    )  # fmt: skip
    start_date = date_field(_("Start"))
    due_date = date_field(_("Deadline"), required=True)
    assignee = forms.ChoiceField(label=_("Assignee"), required=False)
    helpers = forms.MultipleChoiceField(label=_("Helpers"), required=False, widget=forms.CheckboxSelectMultiple)
    is_important = forms.BooleanField(label=_("Important"), required=False)
    is_billable = forms.BooleanField(label=_("Billable"), required=False)
    estimate_minutes = forms.IntegerField(
        label=_("Estimate, minutes"), required=False, min_value=0, max_value=1_000_000
    )
    description = forms.CharField(
        label=_("Description"), required=False, max_length=MAX_DESCRIPTION, widget=forms.Textarea(attrs={"rows": 4})
    )
    steps = forms.CharField(
        label=_("Checklist"), required=False, max_length=20_000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("One line for each thing to be done."),
    )  # fmt: skip

    def __init__(
        self, *args: Any, company: Company, task: Task | None = None, may_make_topics: bool = False, **kwargs: Any
    ) -> None:
        initial = {"due_date": today_of(company), "is_billable": True} if task is None else _initial(task)
        kwargs["initial"] = initial | dict(kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)
        self.task = task
        choices.offer(self, "client", choices.with_none(choices.clients(company, task.client_id if task else None)))
        choices.offer(self, "topic", choices.with_none(choices.topic_choices(company, task.topic if task else None)))
        helped = list(task.helpers.all()) if task else []
        default = gettext("The client's main user")
        people = choices.people(company, [task.assignee] if task else [])
        choices.offer(self, "assignee", choices.with_none(people, default))
        choices.offer(self, "helpers", choices.people(company, helped))
        if not may_make_topics:
            del self.fields["new_topic"]
        if task is not None:
            del self.fields["steps"]
        self.own = value_fields.visible_fields(company, FieldSubject.TASK)
        value_fields.add_value_fields(self, self.own, task.values if task else {})

    def content(self, topic_id: int | None) -> TaskContent:
        """Return the task as a valid form describes it, with a topic that was chosen or made."""
        data = self.cleaned_data
        return TaskContent(
            client_id=int(data["client"]),
            title=data["title"],
            topic_id=topic_id,
            start_date=data["start_date"],
            due_date=data["due_date"],
            assignee_id=choices.number(data["assignee"]),
            helper_ids=tuple(int(each) for each in data["helpers"]),
            is_important=data["is_important"],
            is_billable=data["is_billable"],
            estimate_minutes=data["estimate_minutes"],
            description=data["description"],
            steps=tuple(data.get("steps", "").splitlines()),
            values=value_fields.values_of(self, self.own),
            keeps_other_values=True,  # those that forms do not show
        )


def _initial(task: Task) -> dict[str, Any]:
    plain = ("title", "start_date", "due_date", "is_important", "is_billable", "estimate_minutes", "description")
    return {name: getattr(task, name) for name in plain} | {
        "client": str(task.client_id),
        "topic": str(task.topic_id or ""),
        "assignee": str(task.assignee_id or ""),
        "helpers": [str(each.pk) for each in task.helpers.all()],
    }


class TaskFilterForm(forms.Form):
    """How the task list is narrowed. Nonsense in the address narrows nothing."""

    q = forms.CharField(
        label=_("Title or client"), required=False, max_length=100,
        widget=forms.TextInput(attrs={"type": "search", "data-search": ""}),
    )  # fmt: skip
    status = forms.ChoiceField(label=_("Status"), required=False)
    person = forms.ChoiceField(label=_("Person"), required=False)
    client = forms.ChoiceField(label=_("Client"), required=False)
    topic = forms.ChoiceField(label=_("Topic"), required=False)
    group = forms.ChoiceField(label=_("Group of clients"), required=False)
    origin = forms.ChoiceField(label=_("Made by"), required=False)
    due_from = date_field(_("Due from"))
    due_to = date_field(_("Due to"))
    important = forms.BooleanField(label=_("Important only"), required=False)

    def __init__(self, *args: Any, company: Company, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices.offer(self, "status", choices.with_all(choices.statuses()))
        choices.offer(self, "person", choices.with_all(choices.people(company)))
        choices.offer(self, "client", choices.with_all(choices.clients(company)))
        choices.offer(self, "topic", choices.with_all(choices.topic_choices(company)))
        choices.offer(self, "group", choices.with_all(choices.groups(company)))
        choices.offer(self, "origin", choices.with_all(choices.origins()))

    def wanted(self, **more: Any) -> TaskFilter:
        """Return what the form narrows to; `more` stands over it."""
        self.is_valid()
        data = self.cleaned_data
        found = {
            "text": data.get("q", ""),
            "status": data.get("status", ""),
            "person_id": choices.number(data.get("person")),
            "client_id": choices.number(data.get("client")),
            "topic_id": choices.number(data.get("topic")),
            "group_id": choices.number(data.get("group")),
            "origin": data.get("origin", ""),
            "due_from": data.get("due_from"),
            "due_to": data.get("due_to"),
            "is_important": bool(data.get("important")),
        }
        return TaskFilter(**found | more)


class TimeForm(forms.Form):
    """Time spent: a day, when it began and how long it took, in the bureau's time zone."""

    day = date_field(_("Day"), required=True)
    begin = forms.TimeField(
        label=_("From"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        input_formats=["%H:%M", "%H.%M", "%H:%M:%S"],
    )  # fmt: skip
    end = forms.TimeField(
        label=_("To"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        input_formats=["%H:%M", "%H.%M", "%H:%M:%S"],
    )  # fmt: skip
    person = forms.ChoiceField(label=_("Person"), required=False)
    is_billable = forms.BooleanField(label=_("Billable"), required=False)
    note = forms.CharField(label=_("Note"), max_length=200, required=False)

    def __init__(
        self,
        *args: Any,
        company: Company,
        task: Task,
        entry: TimeEntry | None = None,
        is_admin: bool = False,
        **kwargs: Any,
    ) -> None:
        self.zone = ZoneInfo(company.time_zone)
        kwargs.setdefault("initial", self._initial(task, entry))
        super().__init__(*args, **kwargs)
        if entry is None and is_admin:
            choices.offer(self, "person", choices.with_none(choices.people(company), gettext("Me")))
        else:
            del self.fields["person"]

    def _initial(self, task: Task, entry: TimeEntry | None) -> dict[str, Any]:
        if entry is None:
            now = timezone.now().astimezone(self.zone)
            return {"day": now.date(), "is_billable": task.is_billable}
        begin = entry.started_at.astimezone(self.zone)
        end = (entry.ended_at or timezone.now()).astimezone(self.zone)
        return {
            "day": begin.date(), "begin": begin.time(), "end": end.time(), "is_billable": entry.is_billable,
            "note": entry.note,
        }  # fmt: skip

    def span(self) -> tuple[dt.datetime, dt.datetime]:
        """Return when the time began and ended."""
        data = self.cleaned_data
        begin = dt.datetime.combine(data["day"], data["begin"], self.zone)
        end = dt.datetime.combine(data["day"], data["end"], self.zone)
        if end < begin:
            end = dt.datetime.combine(data["day"] + dt.timedelta(days=1), data["end"], self.zone)
        return begin.astimezone(dt.UTC), end.astimezone(dt.UTC)
