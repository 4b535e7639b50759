from django.urls import path

from tilisilta.web.mappings import views

urlpatterns = [
    path("integrations/<int:pk>/mappings/", views.mapping_home, name="mapping-home"),
    path("integrations/<int:pk>/mappings/<slug:table>/", views.mapping_table, name="mapping-table"),
    path("integrations/<int:pk>/mappings/<slug:table>/save/", views.mapping_save, name="mapping-save"),
    path("integrations/<int:pk>/mappings/<slug:table>/refresh/", views.mapping_refresh, name="mapping-refresh"),
    path("integrations/<int:pk>/mappings/<slug:table>/export/", views.mapping_export, name="mapping-export"),
    path("integrations/<int:pk>/mappings/<slug:table>/import/", views.mapping_import, name="mapping-import"),
    path(
        "integrations/<int:pk>/mappings/<slug:table>/import/<int:staged_id>/",
        views.mapping_staged,
        name="mapping-staged",
    ),
]
