"""Addresses of tasks, topics, client plans, templates and the report."""

from django.urls import path
from django.utils.translation import gettext_lazy as _

from tilisilta.services.practice.client_bulk import BulkAction, add_bulk_action
from tilisilta.web.practice.panels import add_panel
from tilisilta.web.tasks import lists, plan, report, templates, topics, views

urlpatterns = [
    path("tasks/", lists.task_list, name="task-list"),
    path("tasks/bulk/", lists.task_bulk, name="task-bulk"),
    path("tasks/new/", views.task_new, name="task-new"),
    path("tasks/<int:pk>/", views.task_detail, name="task-detail"),
    path("tasks/<int:pk>/edit/", views.task_edit, name="task-edit"),
    path("tasks/<int:pk>/status/", views.task_status, name="task-status"),
    path("tasks/<int:pk>/delete/", views.task_delete, name="task-delete"),
    path("tasks/<int:pk>/steps/", views.step_add, name="task-step-add"),
    path("tasks/<int:pk>/steps/<int:step_id>/", views.step_change, name="task-step"),
    path("tasks/<int:pk>/timer/", views.timer, name="task-timer"),
    path("tasks/<int:pk>/time/", views.time_add, name="task-time-add"),
    path("tasks/<int:pk>/time/<int:entry_id>/", views.time_edit, name="task-time"),
    path("tasks/<int:pk>/time/<int:entry_id>/delete/", views.time_delete, name="task-time-delete"),
    path("topics/", topics.topic_list, name="topic-list"),
    path("topics/<int:pk>/", topics.topic_change, name="topic-change"),
    path("clients/<int:pk>/plan/", plan.client_plan, name="client-plan"),
    path("clients/<int:pk>/plan/new/", plan.plan_row, name="client-plan-new"),
    path("clients/<int:pk>/plan/take/", plan.plan_take, name="client-plan-take"),
    path("clients/<int:pk>/plan/<int:recurrence_id>/", plan.plan_row, name="client-plan-row"),
    path("clients/<int:pk>/plan/<int:recurrence_id>/task/", plan.plan_make_real, name="client-plan-real"),
    path("clients/<int:pk>/plan/<int:recurrence_id>/<slug:what>/", plan.plan_row_change, name="client-plan-change"),
    path("plan-templates/", templates.template_list, name="plan-templates"),
    path("plan-templates/upload/", templates.template_upload, name="plan-template-upload"),
    path("plan-templates/<int:pk>/", templates.template_page, name="plan-template"),
    path("plan-templates/<int:pk>/delete/", templates.template_delete, name="plan-template-delete"),
    path("plan-templates/<int:pk>/export/", templates.template_export, name="plan-template-export"),
    path("plan-templates/<int:pk>/give/", templates.template_give, name="plan-template-give"),
    path("plan-templates/<int:pk>/rows/new/", templates.template_row, name="plan-template-row-new"),
    path("plan-templates/<int:pk>/rows/<int:row_id>/", templates.template_row, name="plan-template-row"),
    path(
        "plan-templates/<int:pk>/rows/<int:row_id>/<slug:what>/",
        templates.template_row_change,
        name="plan-template-row-change",
    ),
    path("report/", report.report_page, name="task-report"),
    path("report/export/", report.report_export, name="task-report-export"),
    path("report/chart.svg", report.report_chart, name="task-report-chart"),
    path("report/columns/", report.report_columns, name="task-report-columns"),
]

add_bulk_action(BulkAction(code="plan_template", label=_("Give a plan template"), page="plan-templates"))
add_panel(plan.tasks_panel, "tasks")
add_panel(plan.plan_panel, "plan")
