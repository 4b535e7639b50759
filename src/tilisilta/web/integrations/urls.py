from django.urls import path

from tilisilta.web.integrations import views

urlpatterns = [
    path("integrations/", views.integration_list, name="integration-list"),
    path("integrations/new/", views.integration_new, name="integration-new"),
    path("integrations/<int:pk>/", views.integration_detail, name="integration-detail"),
    path("integrations/<int:pk>/checklist/", views.integration_checklist, name="integration-checklist"),
    path("integrations/<int:pk>/look/", views.integration_look, name="integration-look"),
    path("integrations/<int:pk>/checklist/<slug:step>/", views.integration_step, name="integration-step"),
    path("integrations/<int:pk>/coverage/", views.integration_coverage, name="integration-coverage"),
    path("integrations/<int:pk>/settings/", views.integration_settings, name="integration-settings"),
    path("integrations/<int:pk>/flows/<int:flow_id>/", views.flow_edit, name="flow-edit"),
    path("integrations/<int:pk>/ask-level/", views.integration_ask_level, name="integration-ask-level"),
    path("integrations/<int:pk>/activate/", views.integration_activate, name="integration-activate"),
    path("integrations/<int:pk>/pause/", views.integration_pause, name="integration-pause"),
    path("integrations/<int:pk>/resume/", views.integration_resume, name="integration-resume"),
    path("integrations/<int:pk>/remove/", views.integration_remove, name="integration-remove"),
]
