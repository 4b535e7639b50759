from django.urls import path

from tilisilta.web.audit import views

urlpatterns = [path("audit/", views.audit_list, name="audit-list")]
