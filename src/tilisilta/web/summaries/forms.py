"""Forms of summaries: their settings with a field for each number, and the months of an import."""

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tilisilta.services.practice.settings import add_months, month_of, today_of
from tilisilta.services.summaries import settings
from tilisilta.services.summaries.counts import codes_of, count_label, is_usual, system_name
from tilisilta.services.summaries.settings import LEFT_OUT, NEW_FIELD, WITHOUT_FIELD, SummaryContent
from tilisilta.services.tasks import topics
from tilisilta.store.models import Company, PracticeIntegration, SummaryRhythm, SummarySettings

_COUNT = "count-"


def _days() -> list[tuple[str, Any]]:
    return [("0", _("The last day of the period itself")), *((str(day), f"{day}.") for day in range(1, 29))]


class SummaryForm(forms.Form):
    """How monthly summaries are made (U38 to U51)."""

    is_on = forms.BooleanField(label=_("Make a summary of every connected client"), required=False)
    title = forms.CharField(
        label=_("Title of the task"), required=False, max_length=200, help_text=_("Each month's task is called so.")
    )
    topic = forms.ChoiceField(label=_("Topic"), required=False)
    new_topic = forms.CharField(
        label=_("New topic"), required=False, max_length=80, help_text=_("Is made and used instead of the one above.")
    )
    rhythm = forms.ChoiceField(
        label=_("How often the numbers are fetched"),
        choices=SummaryRhythm.choices,
        required=False,
        help_text=_("Each month has its own task all the same."),
    )
    import_day = forms.ChoiceField(
        label=_("Import day"),
        choices=_days,
        required=False,
        help_text=_("Of the month after the period. The numbers are fetched at 00:30 of that day."),
    )
    late_in_current = forms.BooleanField(
        label=_("Count work that was added to earlier periods in the month under way"),
        required=False,
        help_text=_("Without it each entry counts in the month of its own date."),
    )
    look_back_months = forms.IntegerField(
        label=_("Months looked back at for late entries"), required=False, min_value=1, max_value=24
    )
    reload_months = forms.IntegerField(
        label=_("Months that “Import summaries now” fetches again"), required=False, min_value=1, max_value=36
    )

    def __init__(self, *args: Any, own: SummarySettings, **kwargs: Any) -> None:
        self.integration: PracticeIntegration = own.integration
        company = self.integration.company
        kwargs.setdefault("initial", _initial(own))
        super().__init__(*args, **kwargs)
        known = [(str(each.pk), each.name) for each in topics.topics(company)]
        if own.topic is not None and (str(own.topic.pk), own.topic.name) not in known:
            known.append((str(own.topic.pk), own.topic.name))
        self._choose("topic", [("", "–"), *known])
        self._add_counts(own)

    def _choose(self, name: str, choices: list[tuple[str, Any]]) -> None:
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            field.choices = choices

    def _add_counts(self, own: SummarySettings) -> None:
        """Add a field for each number; a deleted custom field stays chosen until somebody decides."""
        usable = [(str(each.pk), each.title) for each in settings.number_fields(own.integration.company)]
        lost = settings.lost_fields(own)
        for code in codes_of(own.integration.vendor):
            gone = (
                [(str(lost[code].pk), _("%(field)s (deleted)") % {"field": lost[code].title})] if code in lost else []
            )
            choices = [
                (LEFT_OUT, _("Not fetched")),
                (WITHOUT_FIELD, _("Fetched, without a field")),
                (NEW_FIELD, _("A new field “%(name)s”") % {"name": count_label(code)}),
                *usable,
                *gone,
            ]
            self.fields[f"{_COUNT}{code}"] = forms.ChoiceField(label=count_label(code), choices=choices, required=False)

    @property
    def usual(self) -> list[forms.BoundField]:
        """The numbers that are shown at once: the usual ones, and those that are chosen."""
        return [field for field in self._counts() if is_usual(field.name.removeprefix(_COUNT)) or field.value()]

    @property
    def further(self) -> list[forms.BoundField]:
        """The numbers behind "Show more" (U51)."""
        shown = {field.name for field in self.usual}
        return [field for field in self._counts() if field.name not in shown]

    def _counts(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith(_COUNT)]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if self.errors:
            return values
        for name, mistake in settings.check(self.integration, self.content).items():
            place = name if name in self.fields else f"{_COUNT}{name}" if f"{_COUNT}{name}" in self.fields else None
            self.add_error(place, str(mistake))
        return values

    @property
    def content(self) -> SummaryContent:
        """Return what a person chose."""
        values = self.cleaned_data
        return SummaryContent(
            title=values["title"],
            topic_id=int(values["topic"]) if values["topic"] else None,
            new_topic=values["new_topic"],
            rhythm=values["rhythm"],
            import_day=int(values["import_day"] or 0) if values["import_day"] else -1,
            late_in_current=values["late_in_current"],
            look_back_months=values["look_back_months"] or 0,
            reload_months=values["reload_months"] or 0,
            is_on=values["is_on"],
            counts={
                name.removeprefix(_COUNT): value for name, value in values.items() if name.startswith(_COUNT) and value
            },
        )


def _initial(own: SummarySettings) -> dict[str, Any]:
    if own.title:
        chosen = settings.as_chosen(own)
    else:
        chosen = {code: NEW_FIELD for code in codes_of(own.integration.vendor) if is_usual(code)}
    return {
        "is_on": own.is_on or not own.title,
        "title": own.title,
        "topic": str(own.topic_id or ""),
        "rhythm": own.rhythm,
        "import_day": str(own.import_day),
        "late_in_current": own.late_in_current,
        "look_back_months": own.look_back_months,
        "reload_months": own.reload_months,
        **{f"{_COUNT}{code}": what for code, what in chosen.items()},
    }


class MonthField(forms.DateField):
    """A month, as browsers write it: 2026-10."""

    widget = forms.DateInput(attrs={"type": "month"}, format="%Y-%m")
    input_formats = ("%Y-%m", "%Y-%m-%d")

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.error_messages["invalid"] = _("Write a month as 2026-10.")


class PeriodForm(forms.Form):
    """Whose numbers of which months are imported (U67)."""

    vendor = forms.ChoiceField(label=_("Bookkeeping system"))
    month_from = MonthField(label=_("First month"))
    month_to = MonthField(label=_("Last month"))

    def __init__(self, *args: Any, company: Company, integrations: list[PracticeIntegration], **kwargs: Any) -> None:
        last = add_months(month_of(today_of(company)), -1)
        kwargs.setdefault("initial", {"month_from": last, "month_to": last})
        super().__init__(*args, **kwargs)
        field = self.fields["vendor"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [(each.vendor, system_name(each.vendor)) for each in integrations]

    @property
    def months(self) -> tuple[dt.date, dt.date]:
        """Return the first and the last month of a valid form."""
        return self.cleaned_data["month_from"], self.cleaned_data["month_to"]
