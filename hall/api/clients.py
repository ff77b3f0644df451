"""Which program is calling, and what it may do: a bearer key per client, scopes per view (T29, T37)."""

import hmac
import re
from typing import Any, cast

from django.db.models import TextChoices
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from hall.models import ApiClient
from supervision import log, protection
from supervision.readings import Reading
from supervision.refusals import Forbidden, Refusal

_CLIENT = Reading(lambda *, client_id: ApiClient.objects.filter(client_id=client_id))
_BEARER = re.compile(r"Bearer +(?P<client>[\x21-\x7e]{1,40})\.(?P<secret>[A-Za-z0-9_~+/=-]{16,200})", re.IGNORECASE)


class Scope(TextChoices):
    ITEMS_READ = "items:read", "读取事项"
    CASES_SUBMIT = "cases:submit", "提交申办"
    CASES_READ = "cases:read", "查询进度"


class BadCredentials(AuthenticationFailed):
    """The caller hears one sentence for every cause; the log hears the cause and the client that was meant."""

    def __init__(self, cause: str, client: ApiClient | None = None) -> None:
        super().__init__("客户端编号或密钥不对，或已停用。", "credentials_invalid")
        self.cause = cause
        self.client = client


class ClientAuthentication(BaseAuthentication):
    """`Authorization: Bearer <client_id>.<secret>`. Read anew at each request, so a key that is withdrawn ends at once."""

    def authenticate(self, request: Request) -> tuple[ApiClient, str] | None:
        header = request.META.get("HTTP_AUTHORIZATION", "").strip()
        if not header:
            return None
        told = _BEARER.fullmatch(header)
        if told is None:
            raise BadCredentials("malformed")
        client = _CLIENT.first(client_id=told["client"])
        if client is None:
            raise BadCredentials("unknown_client")
        if not _is_secret_of(client, told["secret"]):
            raise BadCredentials("wrong_secret", client)
        if not client.is_active:
            raise BadCredentials("client_inactive", client)
        return client, client.key_id

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'


class HasScope(BasePermission):
    """A view names its `scope`; a view without one is open to nobody. Refused `scope_missing`."""

    def has_permission(self, request: Request, view: Any) -> bool:
        client = request.user
        wanted = getattr(view, "scope", None)
        if not isinstance(client, ApiClient) or wanted is None:
            return False
        if wanted not in client.scopes:
            scope = Scope(wanted)
            sentence = f"这个客户端没有“{scope.label}”（{scope.value}）的权限。"
            raise Forbidden(Refusal("scope_missing", sentence, ("T12", "T29"), "请向大厅管理单位申请这项权限。"))
        return True


def client_of(request: Request) -> ApiClient:
    """The program that was let in."""
    return cast(ApiClient, request.user)


def actor_of(request: Request) -> log.Actor:
    """The calling program as facts for the log. The address is the peer's own, whatever a header claims (T08)."""
    client = client_of(request)
    return log.Actor(name=client.name, client=client.client_id, terminal=request.META.get("REMOTE_ADDR", ""))


def _is_secret_of(client: ApiClient, told: str) -> bool:
    secret = protection.unseal(client.secret, table="hall_apiclient", column="secret", row=client.id)
    return hmac.compare_digest(secret.encode(), told.encode())
