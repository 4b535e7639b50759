from django.urls import path

from tilisilta.web.register_codes import views

urlpatterns = [
    path("integrations/<int:pk>/codes/", views.register_codes_page, name="register-codes"),
    path("integrations/<int:pk>/codes/refresh/", views.register_codes_refresh, name="register-codes-refresh"),
    path("integrations/<int:pk>/codes/export/", views.register_codes_export, name="register-codes-export"),
]
