"""Whether this process lives, whether the product can do its work, and figures for a monitor. No personal data anywhere."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from redis.exceptions import RedisError

from supervision import moment, papers
from supervision.sealing import standing
from supervision.sealing.standing import CODES, SEALING, SELF_CHECK, SUBSCRIPTIONS, Standing


@require_safe
def livez(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Ready when the database can be written, is migrated, and the log is open (T51, T68).

    Without broker or fonts, with records that wait too long for their seal, or after a check that found something, the product
    works on, degraded.
    """
    checks = {"database": _writable(), "migrations": _migrated(), "broker": _broker(), "papers": papers.can_print()}
    log = _log()
    checks["log"] = log is not None and log.is_open
    for name, codes in (("sealing", SEALING), ("self_check", SELF_CHECK), ("subscriptions", SUBSCRIPTIONS)):
        checks[name] = log is not None and not log.has_alarm(*codes)
    ready = checks["database"] and checks["migrations"] and checks["log"]
    body: dict[str, Any] = {"ready": ready, "degraded": ready and not all(checks.values()), "checks": checks}
    body["alarms"] = [alarm.code for alarm in log.alarms] if log else []
    body["log_closed_because"] = log.reason if log else ""
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


def _log() -> Standing | None:
    """None when the database can't say, or has no such tables yet."""
    try:
        return standing.read(now=moment.wall())
    except Error:
        return None


# Figures -------------------------------------------------------------------------------------------------------------------
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Figures of the log in Prometheus' format; what is unknown is left out. Answers while the database is away: hall_up 0."""
    registry = CollectorRegistry()
    log = _log()
    _gauge(registry, "hall_up", "The database answers", log is not None)
    if log is not None:
        _tell(registry, log)
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _tell(registry: CollectorRegistry, log: Standing) -> None:
    _gauge(registry, "hall_log_open", "Records can be written", log.is_open)
    _gauge(registry, "hall_log_records_sealed", "Records under the newest head", log.head.size if log.head else 0)
    _gauge(registry, "hall_log_unsealed_records", "Committed records that wait for their seal", log.unsealed)
    _gauge(registry, "hall_log_oldest_unsealed_seconds", "How long the oldest of them waits", _age(log.waiting))
    if log.beat_at is not None:
        _gauge(registry, "hall_log_sealer_beat_age_seconds", "Since the sealer reported", _age(log.now - log.beat_at))
    if log.checked_at is not None:
        _gauge(registry, "hall_log_last_check_ok", "The last full check found nothing", log.check_ok)
        _gauge(registry, "hall_log_last_check_age_seconds", "Since it ended", _age(log.now - log.checked_at))
    parked = sum(len(one.parked) for one in log.readers)
    _gauge(registry, "hall_log_parked_records", "Records that a reader set aside", parked)
    behind = Gauge("hall_subscription_behind", "Sealed records not yet read", ["name"], registry=registry)
    for one in log.readers:
        behind.labels(one.name).set(one.behind)
    alarms = Gauge("hall_alarms", "Somebody has to look at it", ["code"], registry=registry)
    for code in CODES:
        alarms.labels(code).set(log.has_alarm(code))


def _gauge(registry: CollectorRegistry, name: str, said: str, value: float) -> None:
    Gauge(name, said, registry=registry).set(value)


def _age(lapse: timedelta) -> float:
    return max(lapse.total_seconds(), 0.0)
