from django.urls import path

from tilisilta.web.files import views

urlpatterns = [
    path("files/", views.file_list, name="file-list"),
    path("files/upload/", views.file_upload, name="file-upload"),
    path("files/folder/<int:connection_id>/", views.file_folder, name="file-folder"),
    path("files/<int:file_id>/", views.file_detail, name="file-detail"),
    path("files/<int:file_id>/original/", views.file_original, name="file-original"),
    path("files/<int:file_id>/read/", views.file_read_again, name="file-read-again"),
]
