"""Addresses of the subject: bookkeeping systems of clients, the import wizard, and clients' keys."""

from django.urls import path

from tilisilta.web.books import keys, panels, systems, wizard

panels.take_part()
_KEY = "clients/<int:pk>/key/"

urlpatterns = [
    path("books/", systems.books_list, name="books-list"),
    path("books/<slug:vendor>/", systems.books_detail, name="books-detail"),
    path("books/<slug:vendor>/activate/", systems.books_activate, name="books-activate"),
    path("books/<slug:vendor>/deactivate/", systems.books_deactivate, name="books-deactivate"),
    path("books/<slug:vendor>/import/", systems.books_import, name="books-import"),
    path("clients/import/", wizard.choose, name="client-import-new"),
    path("clients/import/<slug:vendor>/sign-in/", wizard.sign_in, name="client-import-sign-in"),
    path("clients/import/<slug:vendor>/keys/", wizard.key_list, name="client-import-keys"),
    path("clients/import/table/", wizard.table, name="client-import-table"),
    path("clients/import/table/<str:file_format>/", wizard.table_template, name="client-import-template"),
    path("clients/import/<int:pk>/", wizard.show, name="client-import"),
    path("clients/import/<int:pk>/progress/", wizard.progress, name="client-import-progress"),
    path("clients/import/<int:pk>/confirm/", wizard.confirm, name="client-import-confirm"),
    path("clients/import/<int:pk>/cancel/", wizard.cancel, name="client-import-cancel"),
    path("clients/keys/", keys.several, name="client-keys"),
    path("clients/keys/test/", keys.test_several, name="client-keys-test"),
    path(_KEY, keys.client_key, name="client-key"),
    path(f"{_KEY}<slug:vendor>/", keys.client_key_edit, name="client-key-edit"),
    path(f"{_KEY}<slug:vendor>/test/", keys.client_key_test, name="client-key-test"),
    path(f"{_KEY}<slug:vendor>/delete/", keys.client_key_delete, name="client-key-delete"),
]
