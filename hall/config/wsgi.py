"""Entry point of the web server."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hall.config.settings")
application = get_wsgi_application()

from supervision import receipts  # noqa: E402  # its models can be imported now, not before

receipts.be_ready()
