from django.urls import path

from tilisilta.web.imports import views

urlpatterns = [
    path("integrations/<int:pk>/import/", views.import_page, name="import"),
    path("integrations/<int:pk>/import/<int:flow_id>/", views.import_kind, name="import-kind"),
    path("runs/<int:pk>/import/", views.import_confirm, name="import-confirm"),
    path("integrations/<int:pk>/compare/<int:flow_id>/", views.import_compare, name="import-compare"),
]
