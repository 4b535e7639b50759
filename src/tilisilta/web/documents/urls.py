from django.urls import path

from tilisilta.web.documents import views

urlpatterns = [
    path("documents/", views.document_list, name="document-list"),
    path("documents/totals/", views.document_totals, name="document-totals"),
    path("documents/<int:pk>/", views.document_detail, name="document-detail"),
    path("deliveries/<int:pk>/", views.delivery_detail, name="delivery-detail"),
    path("deliveries/<int:pk>/retry/", views.delivery_retry, name="delivery-retry"),
    path("deliveries/<int:pk>/confirm/", views.delivery_confirm, name="delivery-confirm"),
    path("deliveries/<int:pk>/skip/", views.delivery_skip, name="delivery-skip"),
]
