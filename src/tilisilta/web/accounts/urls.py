from django.urls import path

from tilisilta.web.accounts import views

urlpatterns = [
    path("setup/", views.setup, name="setup"),
    path("language/", views.set_language, name="set-language"),
    path("theme/", views.set_theme, name="set-theme"),
    path("profile/", views.profile, name="profile"),
    path("companies/new/", views.company_new, name="company-new"),
    path("invitation/<str:token>/", views.invitation, name="invitation"),
]
