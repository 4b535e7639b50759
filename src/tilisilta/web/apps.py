from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "tilisilta.web"
    label = "web"

    def ready(self) -> None:
        from tilisilta.bootstrap import tie_services  # noqa: PLC0415  models are ready only now
        from tilisilta.web.accounts import signals  # noqa: F401, PLC0415  registers the receivers

        tie_services()
