from django.urls import path

from tilisilta.web.closing import panel, views
from tilisilta.web.workspace.panels import add_panel

add_panel(panel.period_panel)

urlpatterns = [
    path("periods/", views.period_list, name="period-list"),
    path("periods/close/<slug:side>/", views.period_close, name="period-close"),
    path("periods/<int:pk>/", views.period_detail, name="period-detail"),
    path("periods/<int:pk>/send-again/", views.period_resend, name="period-resend"),
    path("periods/<int:pk>/open-again/", views.period_reopen, name="period-reopen"),
    path("periods/<int:pk>/compare/", views.period_reconcile, name="period-reconcile"),
]
