"""Addresses of monthly summaries. What they show on clients' pages and in the client list is added here too."""

from django.urls import path

from tilisilta.web.summaries import documents, imports, overview, panels, settings

panels.take_part()

urlpatterns = [
    path("practice/summaries/period/", imports.summary_period, name="summary-period"),
    path("practice/summaries/reload/", imports.summary_reload_chosen, name="summary-reload-chosen"),
    path("practice/summaries/client/<int:pk>/", imports.summary_client, name="summary-client"),
    path("practice/summaries/<int:pk>/documents/", documents.summary_documents, name="summary-documents"),
    path("practice/summaries/<int:pk>/documents/export/", documents.summary_export, name="summary-documents-export"),
    path("practice/summaries/jobs/<int:pk>/cancel/", imports.summary_cancel, name="summary-cancel"),
    path("practice/summaries/<slug:vendor>/", overview.summary_overview, name="summary-overview"),
    path("practice/summaries/<slug:vendor>/progress/", overview.summary_progress, name="summary-progress"),
    path("practice/summaries/<slug:vendor>/settings/", settings.summary_settings, name="summary-settings"),
    path("practice/summaries/<slug:vendor>/month/", imports.summary_month, name="summary-month"),
    path("practice/summaries/<slug:vendor>/reload/", imports.summary_reload, name="summary-reload"),
]
