"""What all views of the API share: strict parameters, one shape of errors, and a record of what was denied."""

import uuid
from typing import Any

from django.core.cache import cache
from django.db import Error
from django.http import HttpRequest
from redis.exceptions import RedisError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from hall.api.clients import BadCredentials, actor_of, client_of
from hall.config.api_errors import BadParameters
from supervision import log, moment
from supervision.refusals import NotFound, Refusal, Refused

NOBODY = uuid.UUID(int=0)
MOST_BAD_KEYS, BAD_KEY_WINDOW = 30, 15 * 60


class ApiView(APIView):
    """A view of the API. `scope` opens it, `verb` names it in the log, `parameters` are all that its query may hold."""

    scope: str
    verb: str
    parameters: frozenset[str] = frozenset()
    http_method_names = ["get", "head", "post"]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        unknown = [name for name in request.GET if name not in self.parameters]
        if unknown:
            raise BadParameters(
                *(("parameter", name[:40], "unknown_parameter", "没有这个参数。") for name in unknown[:10])
            )

    def handle_exception(self, exc: Exception) -> Response:
        """What was denied is recorded first; when it can't be recorded, that is the answer (T10, T51)."""
        try:
            record_denial(exc, self.request, self.verb)
        except Error as fault:
            exc = fault
        return super().handle_exception(exc)


def record_denial(exc: Exception, request: Request, verb: str) -> None:
    """A `denied` record in a short transaction of its own: refusals, foreign cases, keys that do not fit. Bad input is none."""
    if isinstance(exc, BadCredentials):
        if not _is_flood(request):
            _record_bad_key(exc, request, verb)
        return
    if isinstance(exc, NotFound):
        refusal = Refusal("not_found", "没有找到这一件。", ("T10",))
    elif isinstance(exc, Refused):
        refusal = exc.refusal
    else:
        return
    subject = log.Subject("hall_apiclient", client_of(request).id)
    log.denied(verb, subject, refusal, actor=actor_of(request), now=moment.now())


def _record_bad_key(exc: BadCredentials, request: Request, verb: str) -> None:
    client = exc.client
    actor = log.Actor(client=client.client_id if client else "", terminal=request.META.get("REMOTE_ADDR", ""))
    subject = log.Subject("hall_apiclient", client.id if client else NOBODY)
    log.denied(verb, subject, Refusal(exc.cause, str(exc.detail), ("T29",)), actor=actor, now=moment.now())


def _is_flood(request: HttpRequest | Request) -> bool:
    """Nobody without a key may fill the log: after 30 bad keys in 15 minutes an address is refused without a record."""
    key = f"api-bad-keys:{request.META.get('REMOTE_ADDR', '')}"
    try:
        cache.add(key, 0, BAD_KEY_WINDOW)
        return cache.incr(key) > MOST_BAD_KEYS
    except (RedisError, OSError, ValueError):
        return False
