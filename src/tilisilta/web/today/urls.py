from django.urls import path

from tilisilta.web.today import views

urlpatterns = [path("", views.today, name="today")]
