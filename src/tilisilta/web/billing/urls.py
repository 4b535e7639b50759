from django.urls import path

from tilisilta.web.billing import contracts, home, panels, products, run, settings
from tilisilta.web.practice.panels import add_panel as add_client_panel
from tilisilta.web.workspace.panels import add_panel

add_panel(panels.invoice_panel)
add_client_panel(panels.client_panel, "billing")

urlpatterns = [
    path("billing/", home.billing_home, name="billing-home"),
    path("billing/chosen/", home.billing_chosen, name="billing-chosen"),
    path("billing/status/", home.status_all, name="billing-status"),
    path("billing/invoices/<int:pk>/status/", home.status_one, name="billing-invoice-status"),
    path("billing/invoices/<int:pk>/send/", home.send_one, name="billing-invoice-send"),
    path("billing/run/", run.billing_run, name="billing-run"),
    path("billing/products/", products.product_list, name="billing-products"),
    path("billing/products/classifiers/", products.classifiers_import, name="billing-classifiers"),
    path("billing/products/new/", products.product_edit, name="billing-product-new"),
    path("billing/products/<int:pk>/", products.product_edit, name="billing-product"),
    path("billing/products/<int:pk>/delete/", products.product_delete, name="billing-product-delete"),
    path("billing/contracts/", contracts.contract_list, name="billing-contracts"),
    path("billing/contracts/new/", contracts.contract_edit, name="billing-contract-new"),
    path("billing/contracts/<int:pk>/", contracts.contract_edit, name="billing-contract"),
    path("billing/contracts/<int:pk>/delete/", contracts.contract_delete, name="billing-contract-delete"),
    path("billing/settings/", settings.billing_settings, name="billing-settings"),
    path("billing/settings/on/", settings.switch_on, name="billing-on"),
    path("billing/settings/books/", settings.books_choose, name="billing-books"),
    path("billing/settings/books/new/<slug:vendor>/", settings.books_connect, name="billing-books-new"),
    path("billing/settings/books/test/", settings.books_test, name="billing-books-test"),
    path("billing/settings/books/activate/", settings.books_switch, {"is_on": True}, name="billing-activate"),
    path("billing/settings/books/pause/", settings.books_switch, {"is_on": False}, name="billing-pause"),
]
