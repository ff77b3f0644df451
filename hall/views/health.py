"""Whether this process lives, and whether the product can do its work."""

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe
from redis.exceptions import RedisError

from supervision import papers


@require_safe
def livez(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Ready when the database can be written and is migrated; without broker or fonts the product works on, degraded."""
    checks = {"database": _writable(), "migrations": _migrated(), "broker": _broker(), "papers": papers.can_print()}
    ready = checks["database"] and checks["migrations"]
    body = {"ready": ready, "degraded": ready and not all(checks.values()), "checks": checks}
    return JsonResponse(body, status=200 if ready else 503)


def _writable() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT NOT pg_is_in_recovery() AND current_setting('transaction_read_only') = 'off'")
            return bool(cursor.fetchone()[0])
    except DatabaseError:
        return False


def _migrated() -> bool:
    try:
        executor = MigrationExecutor(connection)
        return not executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return False


def _broker() -> bool:
    if not settings.REDIS_URL:
        return False
    try:
        cache.set("readyz", 1, 5)
        return cache.get("readyz") == 1
    except (RedisError, OSError):
        return False
