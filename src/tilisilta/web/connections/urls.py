from django.urls import path

from tilisilta.web.connections import views

urlpatterns = [
    path("connections/", views.connection_list, name="connection-list"),
    path("connections/new/", views.connection_new, name="connection-new"),
    path("connections/new/<slug:vendor>/", views.connection_add, name="connection-add"),
    path("connections/<int:pk>/", views.connection_detail, name="connection-detail"),
    path("connections/<int:pk>/edit/", views.connection_edit, name="connection-edit"),
    path("connections/<int:pk>/test/", views.connection_test, name="connection-test"),
    path("connections/<int:pk>/deactivate/", views.connection_deactivate, name="connection-deactivate"),
    path("connections/<int:pk>/reactivate/", views.connection_reactivate, name="connection-reactivate"),
    path("connections/<int:pk>/lists/<slug:kind>/", views.connection_refresh, name="connection-refresh"),
]
