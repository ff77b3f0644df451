"""What stands alone: records of a case that is not stored, and clocks, papers, receipts and people of no case (T55)."""

from collections.abc import Iterator
from functools import partial

from django.db import connection

from supervision.sealing.checking import one_moment, unbroken
from supervision.sealing.findings import Finding

_OF_NO_CASE = "NOT EXISTS (SELECT FROM hall_case WHERE id = row.subject_id AND row.subject_table = 'hall_case')"
_RECORDED = (
    "row.subject_table = 'hall_case' AND row.seq IS NOT NULL"
    " AND NOT EXISTS (SELECT FROM hall_case WHERE id = row.subject_id)"
)
_COUNT = "SELECT count(DISTINCT {key}), min({key}::text) FROM {table} AS row WHERE {alone}"
# Table, what names a row, which rows stand alone, and how they are told.
_ALONE = (
    ("supervision_record", "subject_id", _RECORDED, "有 {count:,} 个办件有记录，却没有存着（例如 {first}）。"),
    ("supervision_clock", "subject_id", _OF_NO_CASE, "有 {count:,} 个不存在的办件还有时钟（例如 {first}）。"),
    ("supervision_clockpause", "subject_id", _OF_NO_CASE, "有 {count:,} 个不存在的办件还有停表（例如 {first}）。"),
    ("supervision_paper", "subject_id", _OF_NO_CASE, "有 {count:,} 个不存在的办件还有文书（例如 {first}）。"),
    ("supervision_receipt", "subject_id", _OF_NO_CASE, "有 {count:,} 个不存在的办件还有回执（例如 {first}）。"),
    (
        "supervision_paperfile",
        "paper_id",
        "NOT EXISTS (SELECT FROM supervision_paper WHERE id = row.paper_id)",
        "有 {count:,} 份不存在的文书还有文件（例如 {first}）。",
    ),
    (
        "hall_applicant",
        "id",
        "NOT EXISTS (SELECT FROM hall_case WHERE applicant_id = row.id)",
        "有 {count:,} 个申请人没有办件（例如 {first}）。",
    ),
)


def orphans() -> Iterator[Finding]:
    """One finding a table, each read at an instant of its own."""
    for table, key, alone, sentence in _ALONE:
        yield from unbroken(f"单独存着的数据 {table}", partial(_of_table, table, key, alone, sentence))


def _of_table(table: str, key: str, alone: str, sentence: str) -> list[Finding]:
    with one_moment(unhurried=True), connection.cursor() as cursor:
        cursor.execute(_COUNT.format(table=table, key=key, alone=alone))
        count, first = cursor.fetchone()
    return [Finding("stored_differs", sentence.format(count=count, first=first))] if count else []
