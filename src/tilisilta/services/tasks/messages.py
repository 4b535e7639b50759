"""What tasks tell people: texts of their error codes and lines of the audit log."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tilisilta.services.audit import ACTIONS
from tilisilta.services.errors import MESSAGES

_MESSAGES: Final[dict[str, Promise]] = {
    "TOPIC_NAME_MISSING": _("Write the topic's name."),
    "TOPIC_TAKEN": _("There is a topic called %(name)s already. Use that one, or choose another name."),
    "TOPICS_OF_ADMINS": _("Only administrators make topics here. Ask one of them, or choose a topic that is there."),
    "TOPIC_UNKNOWN": _("There is no such topic. Choose one of the list."),
    "TOPIC_PUT_ASIDE": _("The topic %(name)s is put aside. Choose another, or take it into use again."),
    "CLIENT_UNKNOWN": _("There is no such client. Choose one of the list."),
    "MEMBER_UNKNOWN": _("Work can be given to the bureau's people only. Choose one of the list."),
    "TASK_TITLE_MISSING": _("Write the task's title."),
    "TASK_STATUS_UNKNOWN": _("There is no status called %(status)s."),
    "TASK_DATES_REVERSED": _("The task is due before it starts. Choose a later due date or an earlier start."),
    "TASK_NEEDS_TOPIC": _("Tasks of %(client)s need a topic. Choose one."),
    "TASK_NEEDS_TIME": _("Tasks of %(client)s are done only with time on them. Add the time spent first."),
    "TASK_OF_PLAN": _("%(task)s comes from the client's plan. Cancel it, or end its row of the plan."),
    "TASK_IS_BILLED": _("%(task)s stands on an invoice. Cancel it instead of deleting it."),
    "STEP_MISSING": _("Write what is to be done."),
    "TIMER_RUNNING": _("Your timer is running already, on %(task)s. Stop it first."),
    "TIMER_NOT_RUNNING": _("No timer is running on this task."),
    "TIMER_NEEDS_PERSON": _("Time belongs to a person: say whose it is."),
    "TIME_REVERSED": _("The time ends before it begins. Look at both moments again."),
    "TIME_EMPTY": _("The time must be at least one minute."),
    "TIME_TOO_LONG": _("One entry of time is at most 24 hours. Split it over days."),
    "TIME_IN_FUTURE": _("Time that is spent cannot lie in the future."),
    "TIME_OF_ANOTHER": _("Only administrators change other people's time."),
    "PLAN_TITLE_MISSING": _("Write the title of the planned task."),
    "PLAN_RULE_interval": _("The interval is a whole number from 1 to 120."),
    "PLAN_RULE_weekdays": _("Choose at least one day of the week."),
    "PLAN_RULE_due_after_days": _("The due day is at most 366 days after the start."),
    "PLAN_RULE_month_in_period": _("The month's place is 1 to 3 in a quarter and 1 to 12 in a year."),
    "PLAN_RULE_start_day": _("The start day is from 1 to 31."),
    "PLAN_RULE_due_day": _("The due day is from 1 to 31."),
    "PLAN_RULE_due_months_after": _("The due day lies at most 24 months after the start."),
    "PLAN_RULE_due_before_start": _("The due day lies before the start day. Let it lie in a later month."),
    "PLAN_RULE_rhythm": _("There is no rhythm called %(rhythm)s."),
    "PLAN_RULE_bad_day": _("There is no such choice for bad days: %(bad_day)s."),
    "PLAN_TOO_OLD": _("The first start is more than two years ago. Choose a later one."),
    "PLAN_ENDS_BEFORE_START": _("The plan ends before it begins. Choose a later end."),
    "PLAN_OCCURRENCE_UNKNOWN": _("The plan has no task on that day any more. Open the plan again."),
    "TEMPLATE_NAME_MISSING": _("Write the template's name."),
    "TEMPLATE_TAKEN": _("There is a template called %(name)s already. Choose another name."),
    "TEMPLATE_EMPTY": _("The template %(name)s has no rows yet. Add some first."),
    "TEMPLATE_NOTHING_CHOSEN": _("Choose at least one client."),
    "PLAN_SOURCE_MISSING": _("Choose where the plan comes from."),
    "PLAN_EMPTY": _("%(client)s has no plan that could be copied."),
    "PLAN_FILE_ROWS": _("The file was not read; mend these rows and hand it in again: %(rows)s"),
    "PLAN_FILE_NUMBER": _("%(column)s: %(value)s is no whole number."),
    "PLAN_FILE_WORD": _("%(column)s: %(value)s is none of the words that the list has."),
    "TASKS_NOT_CHOSEN": _("Tick at least one task."),
    "REPORT_FILTER_NUMBER": _("%(field)s is a number. Filter it by one (5) or by a range (5..10)."),
    "REPORT_SPAN": _("A report spans at most ten years."),
}
_ACTIONS: Final[dict[str, Promise]] = {
    "topic.created": _("Topic made"),
    "topic.changed": _("Topic changed"),
    "task.created": _("Task made"),
    "task.changed": _("Task changed"),
    "task.status": _("Status of task changed"),
    "task.deleted": _("Task deleted"),
    "task.bulk": _("Several tasks changed"),
    "task.values": _("Fields of task filled"),
    "time.added": _("Time added"),
    "time.changed": _("Time changed"),
    "time.deleted": _("Time deleted"),
    "plan.row_added": _("Row of a client's plan added"),
    "plan.row_changed": _("Row of a client's plan changed"),
    "plan.row_paused": _("Row of a client's plan put aside"),
    "plan.row_resumed": _("Row of a client's plan taken into use"),
    "plan.row_deleted": _("Row of a client's plan deleted"),
    "plan_template.created": _("Plan template made"),
    "plan_template.changed": _("Plan template changed"),
    "plan_template.deleted": _("Plan template deleted"),
    "plan_template.applied": _("Plan template given to clients"),
}


def make_known() -> None:
    """Let the texts be found by their codes; called by every module that uses one."""
    MESSAGES.update(_MESSAGES)
    ACTIONS.update(_ACTIONS)
