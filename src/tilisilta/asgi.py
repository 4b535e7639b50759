from tilisilta.bootstrap import set_up_django

set_up_django()

from django.core.asgi import get_asgi_application  # noqa: E402  settings and logging first

application = get_asgi_application()
