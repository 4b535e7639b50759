from django.urls import path

from tilisilta.web.company import views

urlpatterns = [
    path("settings/", views.settings, name="company-settings"),
    path("settings/delete/", views.delete, name="company-delete"),
    path("people/", views.people, name="member-list"),
    path("people/invite/", views.invite, name="member-invite"),
    path("people/<int:membership_id>/role/", views.change_role, name="member-role"),
    path("people/<int:membership_id>/remove/", views.remove, name="member-remove"),
    path("people/invitations/<int:invitation_id>/revoke/", views.revoke_invitation, name="invitation-revoke"),
]
