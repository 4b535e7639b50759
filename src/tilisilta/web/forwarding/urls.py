from django.urls import path

from tilisilta.web.forwarding import panel, views
from tilisilta.web.workspace.panels import add_list_link, add_menu, add_panel

add_panel(panel.forwarding_panel)
add_list_link(panel.forwarding_link)
add_list_link(panel.check_link)
add_menu(panel.forwarding_menu)

urlpatterns = [
    path("forwarding/check/", views.forwarding_check, name="forwarding-check"),
    path("forwarding/<slug:side>/", views.forwarding_list, name="forwarding-list"),
    path("invoices/<int:pk>/leave/", views.forwarding_leave, name="forwarding-leave"),
    path("invoices/<int:pk>/forward/", views.forwarding_send, name="forwarding-send"),
]
