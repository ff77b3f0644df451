"""What stands alone: records of a case that is not stored, clocks and papers of no case (T55)."""

from collections.abc import Iterator

from django.db import connection

from supervision.sealing.findings import Finding

_OF_NO_CASE = """
SELECT count(DISTINCT subject_id), min(subject_id::text) FROM {table} AS row
 WHERE row.subject_table = 'hall_case' AND {only} AND NOT EXISTS (SELECT FROM hall_case WHERE id = row.subject_id)
"""
_TABLES = {
    "supervision_record": ("row.seq IS NOT NULL", "有 {count:,} 个办件有记录，却没有存着（例如 {first}）。"),
    "supervision_clock": ("true", "有 {count:,} 个不存在的办件还有时钟（例如 {first}）。"),
    "supervision_paper": ("true", "有 {count:,} 个不存在的办件还有文书（例如 {first}）。"),
}


def orphans() -> Iterator[Finding]:
    """One finding a table."""
    for table, (only, sentence) in _TABLES.items():
        with connection.cursor() as cursor:
            cursor.execute(_OF_NO_CASE.format(table=table, only=only))
            count, first = cursor.fetchone()
        if count:
            yield Finding("stored_differs", sentence.format(count=count, first=first))
