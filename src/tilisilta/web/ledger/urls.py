from django.urls import path

from tilisilta.services.ledger import wiring
from tilisilta.web.ledger import bank, chart, payments, postings
from tilisilta.web.ledger.panels import payments_panel, postings_panel
from tilisilta.web.workspace.panels import add_panel

wiring.wire()
add_panel(postings_panel)
add_panel(payments_panel)

urlpatterns = [
    path("chart/", chart.chart_list, name="chart"),
    path("chart/new/", chart.account_new, name="chart-account-new"),
    path("chart/<int:account_id>/", chart.account_edit, name="chart-account"),
    path("chart/<int:account_id>/delete/", chart.account_delete, name="chart-account-delete"),
    path("chart/template/", chart.chart_template, name="chart-template"),
    path("chart/export/", chart.chart_export, name="chart-export"),
    path("chart/import/", chart.chart_import, name="chart-import"),
    path("chart/posting-settings/", chart.posting_settings, name="ledger-settings"),
    path("postings/", postings.proposals, name="postings-list"),
    path("postings/accept/", postings.accept_many, name="postings-accept"),
    path("postings/<int:invoice_id>/", postings.edit, name="postings-edit"),
    path("postings/<int:invoice_id>/accept/", postings.accept, name="postings-accept-one"),
    path("postings/<int:invoice_id>/undo/", postings.undo, name="postings-undo"),
    path("payments/<int:invoice_id>/add/", payments.add, name="payment-add"),
    path("payments/<int:invoice_id>/<int:payment_id>/remove/", payments.remove, name="payment-remove"),
    path("payments/<int:invoice_id>/bank/", payments.bank_state, name="payment-bank"),
    path("payments/send-to-bank/", payments.send_many, name="payments-send"),
    path("bank/", bank.bank_list, name="bank-list"),
    path("bank/upload/", bank.upload, name="bank-upload"),
    path("bank/match/", bank.match_again, name="bank-match"),
    path("bank/post/", bank.post_proposed, name="bank-post"),
    path("bank/<int:entry_id>/", bank.entry, name="bank-entry"),
    path("bank/<int:entry_id>/post/", bank.entry_post, name="bank-entry-post"),
    path("bank/<int:entry_id>/undo/", bank.entry_undo, name="bank-entry-undo"),
    path("bank/<int:entry_id>/leave-out/", bank.entry_leave_out, name="bank-entry-leave-out"),
]
