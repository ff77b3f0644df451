"""Every error of the API in one shape: problem details of RFC 9457, with the code, rules and remedy of our refusals.

The handlers at the end answer what goes wrong before or beside a view of the API; pages keep their own.
"""

import logging
import sys
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.views import defaults
from rest_framework import exceptions
from rest_framework.settings import api_settings

from hall.config.outages import outage_of
from hall.views import faults
from supervision.refusals import NotFound, Refusal, Refused, Unusable

logger = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
API = "/api/"
MOST_ERRORS = 50
LONGEST_POINTER = 200
TITLES = {
    400: "请求有误",
    401: "没有通过身份核验",
    403: "没有权限",
    404: "没有找到",
    405: "这个地址不支持这种方法",
    406: "不能按要求的格式答复",
    409: "现在不能办理",
    413: "请求过大",
    415: "请求正文的格式不支持",
    422: "请求不能处理",
    429: "请求过于频繁",
    500: "没有办成",
    503: "暂时不能服务",
}
_SENTENCES = {
    "parse_error": "请求正文不是有效的 JSON。",
    "not_authenticated": "请在 Authorization 里给出客户端编号和密钥。",
    "not_found": "没有找到您要的内容。",
    "method_not_allowed": "请看接口文档里这个地址支持的方法。",
    "not_acceptable": "接口只用 JSON 答复，请改 Accept。",
    "unsupported_media_type": "请用 Content-Type: application/json 提交。",
    "throttled": "请稍后再试。",
    "body_too_large": "请求正文超过上限，请分开提交。",
    "bad_request": "请求不完整或不合规范。",
    "internal_error": "出了没有料到的情况，没有办理。请把 instance 里的编号告诉运维人员。",
}
_Pointer = Callable[[Refusal], str]


@dataclass(frozen=True, slots=True)
class Problem:
    """What went wrong, before it becomes a response. `errors` name single faults by JSON pointer or parameter."""

    status: int
    code: str
    detail: str
    rules: Sequence[str] = ()
    remedy: str = ""
    errors: Sequence[Mapping[str, str]] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    instance: str = ""

    def response(self) -> JsonResponse:
        body = {
            "type": f"urn:problem:county-hall:{self.code}",
            "title": TITLES.get(self.status, TITLES[400]),
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
            "rules": list(self.rules),
            "remedy": self.remedy,
            "errors": list(self.errors),
        }
        if self.instance:
            body["instance"] = self.instance
        plain = {"ensure_ascii": False}
        return JsonResponse(
            body, status=self.status, headers=dict(self.headers), content_type=MEDIA_TYPE, json_dumps_params=plain
        )


class BadParameters(exceptions.APIException):
    """Parameters in the query or a header that can't be used; each fault is (parameter or header, name, code, sentence)."""

    status_code = 400
    default_code = "parameter_invalid"

    def __init__(self, *faults: tuple[str, str, str, str]) -> None:
        super().__init__(faults[0][3], faults[0][2])
        self.errors = [{where: name, "code": code, "detail": sentence} for where, name, code, sentence in faults]


def problem(exc: Exception, context: Mapping[str, Any]) -> HttpResponse:
    """The exception handler of all API views (settings: EXCEPTION_HANDLER). Tells nothing of what went on inside (T09)."""
    pointer = getattr(context.get("view"), "pointer", _pointer)
    return _known(exc, pointer).response()


def _known(exc: Exception, pointer: _Pointer) -> Problem:
    match exc:
        case Refused():
            return _refused(exc, pointer)
        case exceptions.ValidationError():
            return _invalid(exc)
        case BadParameters():
            return Problem(exc.status_code, str(exc.get_codes()), str(exc.detail), errors=exc.errors)
        case exceptions.APIException():
            return _answered(exc)
        case Http404() | NotFound():
            return _of(404, "not_found")
        case PermissionDenied():
            return _of(403, "permission_denied")
        case RequestDataTooBig():
            return _of(413, "body_too_large")
        case SuspiciousOperation() | UnreadablePostError():
            return _of(400, "bad_request")
    outage = outage_of(exc)
    return _refused(outage, pointer) if outage else _unexpected(exc)


def _refused(exc: Refused, pointer: _Pointer) -> Problem:
    """The sentence, code, rules and remedy of a refusal; several faults of the input stand in `errors`."""
    refusals = exc.refusals if isinstance(exc, Unusable) else (exc.refusal,)
    errors = [{"pointer": pointer(one), "code": one.code, "detail": one.sentence} for one in refusals if one.field]
    first = exc.refusal
    detail = first.sentence if len(refusals) == 1 else f"{first.sentence}共 {len(refusals)} 处，见 errors。"
    headers = {"Retry-After": str(exc.retry_after)} if hasattr(exc, "retry_after") else {}
    return Problem(exc.status, first.code, detail, first.rules, first.remedy, errors[:MOST_ERRORS], headers)


def _invalid(exc: exceptions.ValidationError) -> Problem:
    errors = [
        {"pointer": _clipped(where), "code": str(fault.code), "detail": str(fault)}
        for where, fault in _flat(exc.detail, "#")
    ]
    return Problem(400, "invalid", f"有 {len(errors)} 处要改，见 errors。", ("T14", "T18"), errors=errors[:MOST_ERRORS])


def _answered(exc: exceptions.APIException) -> Problem:
    code = str(exc.get_codes())
    headers = {}
    if getattr(exc, "auth_header", None):
        headers["WWW-Authenticate"] = exc.auth_header  # type: ignore[attr-defined]
    if getattr(exc, "wait", None):
        headers["Retry-After"] = str(exc.wait)  # type: ignore[attr-defined]
    return Problem(exc.status_code, code, _SENTENCES.get(code, str(exc.detail)), headers=headers)


def _unexpected(exc: Exception) -> Problem:
    """The number in `instance` finds the trace in the log of the process."""
    incident = f"urn:uuid:{uuid.uuid4()}"
    logger.error("unexpected error in the API, %s", incident, exc_info=exc)
    return Problem(500, "internal_error", _SENTENCES["internal_error"], instance=incident)


def _of(status: int, code: str) -> Problem:
    return Problem(status, code, _SENTENCES.get(code, TITLES[status]))


def _flat(detail: Any, where: str) -> Iterator[tuple[str, exceptions.ErrorDetail]]:
    """The faults of nested input, each with its JSON pointer (RFC 6901)."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            own = name == api_settings.NON_FIELD_ERRORS_KEY
            yield from _flat(inner, where if own else f"{where}/{_escaped(str(name))}")
    elif isinstance(detail, (list, tuple)):
        for place, inner in enumerate(detail):
            yield from _flat(inner, where if isinstance(inner, str) else f"{where}/{place}")
    else:
        yield where, detail


def _pointer(refusal: Refusal) -> str:
    return f"#/{_escaped(refusal.field)}"


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _clipped(where: str) -> str:
    return where if len(where) <= LONGEST_POINTER else where[:LONGEST_POINTER] + "…"


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler400: a forged host, a malformed request."""
    if request.path.startswith(API):
        return _of(400, "bad_request").response()
    return defaults.bad_request(request, exception)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """handler404: an address that does not exist."""
    if request.path.startswith(API):
        return _of(404, "not_found").response()
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """handler500: an error outside of any view, and a store that failed before or beside one."""
    error = sys.exc_info()[1]
    if request.path.startswith(API):
        return _unexpected(error if isinstance(error, Exception) else RuntimeError()).response()
    outage = outage_of(error)
    return faults.unavailable(request, outage) if outage else defaults.server_error(request)
