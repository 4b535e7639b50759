from django.urls import path

from tilisilta.web.approval import panel, views
from tilisilta.web.workspace.panels import add_panel

add_panel(panel.approval_panel)

urlpatterns = [
    path("approval/", views.approval_list, name="approval-list"),
    path("approval/accept/", views.accept_ticked, name="approval-accept-ticked"),
    path("approval/start/", views.start_ticked, name="approval-start-ticked"),
    path("approval/settings/", views.approval_settings, name="approval-settings"),
    path("approval/settings/<int:pk>/remove/", views.default_remove, name="approval-default-remove"),
    path("approval/<int:pk>/step/", views.approval_step, name="approval-step"),
    path("approval/<int:pk>/handlers/add/", views.handler_add, name="approval-handler-add"),
    path("approval/<int:pk>/handlers/<int:handler_id>/", views.handler_change, name="approval-handler"),
]
