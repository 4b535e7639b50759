from tilisilta.bootstrap import set_up_django

set_up_django()

from django.core.wsgi import get_wsgi_application  # noqa: E402  settings and logging first

application = get_wsgi_application()
