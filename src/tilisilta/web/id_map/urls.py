from django.urls import path

from tilisilta.web.id_map import views

urlpatterns = [
    path("id-map/", views.id_map_home, name="id-map"),
    path("id-map/<int:pk>/", views.id_map_page, name="id-map"),
    path("id-map/<int:pk>/<slug:kind>/read/", views.id_map_read, name="id-map-read"),
    path("id-map/<int:pk>/<slug:kind>/export/", views.id_map_export, name="id-map-export"),
    path("id-map/<int:pk>/<slug:kind>/import/", views.id_map_import, name="id-map-import"),
    path("id-map/<int:pk>/<slug:kind>/assist/", views.id_map_assist_upload, name="id-map-assist"),
    path("id-map/<int:pk>/<slug:kind>/tie/", views.id_map_tie, name="id-map-tie"),
    path("id-map/<int:pk>/<slug:kind>/remove/", views.id_map_remove, name="id-map-remove"),
    path("id-map/<int:pk>/<slug:kind>/staged/<int:staged_id>/", views.id_map_staged, name="id-map-staged"),
]
