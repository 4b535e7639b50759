from django.urls import path

from tilisilta.web.pull import views

urlpatterns = [
    path("connections/<int:pk>/pull-key/", views.make_key, name="pull-key"),
]
