"""Addresses of clients, custom fields, groups and the settings of the practice module."""

from django.urls import path

from tilisilta.web.practice import clients, lists, settings, setup

urlpatterns = [
    path("clients/", lists.client_list, name="client-list"),
    path("clients/export/", lists.client_export, name="client-export"),
    path("clients/template/", lists.client_template, name="client-template"),
    path("clients/columns/", lists.choose_columns, name="client-columns"),
    path("clients/bulk/", lists.client_bulk_do, name="client-bulk"),
    path("clients/new/", clients.client_new, name="client-new"),
    path("clients/<int:pk>/", clients.client_detail, name="client-detail"),
    path("clients/<int:pk>/edit/", clients.client_edit, name="client-edit"),
    path("clients/<int:pk>/contacts/new/", clients.contact_edit, name="client-contact-new"),
    path("clients/<int:pk>/contacts/<int:contact_id>/", clients.contact_edit, name="client-contact"),
    path("clients/<int:pk>/contacts/<int:contact_id>/delete/", clients.contact_delete, name="client-contact-delete"),
    path("practice/fields/", setup.field_list, name="custom-fields"),
    path("practice/fields/new/", setup.field_edit, name="custom-field-new"),
    path("practice/fields/<int:pk>/", setup.field_edit, name="custom-field"),
    path("practice/fields/<int:pk>/move/", setup.field_move, name="custom-field-move"),
    path("practice/fields/<int:pk>/delete/", setup.field_delete, name="custom-field-delete"),
    path("practice/fields/<int:pk>/restore/", setup.field_restore, name="custom-field-restore"),
    path("practice/groups/", setup.group_list, name="client-groups"),
    path("practice/groups/<int:pk>/<slug:what>/", setup.group_change, name="client-group-change"),
    path("practice/settings/", settings.practice_settings, name="practice-settings"),
    path("practice/settings/switch/", settings.practice_switch, name="practice-switch"),
]
