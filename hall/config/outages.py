"""When nothing can be written: the log is closed or refuses its record, the database is away, a clock is wrong, the receipt key is
gone (T51, T56, T62).

An act that can't be recorded is not done. Pages and API say so in the same words, with 503 and the time after which to ask again.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import Error, InterfaceError, OperationalError
from psycopg2.errorcodes import INSUFFICIENT_PRIVILEGE, READ_ONLY_SQL_TRANSACTION

from supervision.receipts import NoReceipt
from supervision.refusals import Refusal, Refused

logger = logging.getLogger(__name__)
FAULTS = (Error, NoReceipt)  # what may turn out to be an outage

CLOSED = Refusal(
    "log_closed",
    "监察记录现在没有开放，没有办理，也不能登录。",
    ("T51", "T68"),
    "已经登录的可以照常查看。请过几秒再办；一直不行的，请告诉系统管理员核对存证头。",
)
AHEAD = Refusal(
    "clock_ahead",
    "这台服务器的时间比数据库快了十分钟以上，没有办理。",
    ("T50", "T51"),
    "请过几秒再办；一直不行的，请告诉系统管理员校准各台服务器的时间。",
)
AWAY = Refusal(
    "store_unavailable",
    "数据库或监察记录暂时不能写入，没有办理。",
    ("T51", "T62"),
    "请过几秒再办；一直不行的，请告诉系统管理员。",
)
NO_KEY = Refusal(
    "receipt_unavailable",
    "签收件回执的密钥读不到，没有收件。",
    ("T51", "T56"),
    "请告诉系统管理员；密钥恢复前不能收件，其他步骤照常办理。",
)
_BY_RULE = {"log_is_open": CLOSED, "record_is_not_ahead": AHEAD}


class Unavailable(Refused):
    """Nothing was written and nothing can be for the moment; it leaves no `denied` record, since that could not be written either."""

    status = 503
    retry_after = 5


@contextmanager
def told() -> Iterator[None]:
    """Within the block a fault that is an outage is raised as `Unavailable`, any other as it is."""
    try:
        yield
    except FAULTS as fault:
        outage = outage_of(fault)
        if outage is None:
            raise
        raise outage from fault


def outage_of(fault: BaseException | None) -> Unavailable | None:
    """What an exception says about the store; None for everything that is a mistake of ours. What it was goes to the process's log."""
    refusal = _refusal(fault)
    if refusal is None:
        return None
    logger.error("nothing can be written: %s: %s", refusal.code, str(fault).strip())
    return Unavailable(refusal)


def _refusal(fault: BaseException | None) -> Refusal | None:
    if isinstance(fault, NoReceipt):
        return NO_KEY
    if not isinstance(fault, Error):
        return None
    cause: Any = fault.__cause__
    code = getattr(cause, "pgcode", None)
    by_rule = _BY_RULE.get(getattr(getattr(cause, "diag", None), "constraint_name", None) or "")
    if by_rule is not None:
        return by_rule
    if isinstance(fault, (OperationalError, InterfaceError)):  # lost connections, time-outs, a full disk
        return AWAY
    return AWAY if code in (INSUFFICIENT_PRIVILEGE, READ_ONLY_SQL_TRANSACTION) else None
