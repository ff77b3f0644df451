"""The sealed log as a consumer reads it."""

from django.db import connection

from supervision.subscriptions.registry import Consumer, Sealed

# One statement, one snapshot: no leaf is taken before the head that covers it, and below a head no leaf is missing. So there are
# no gaps to remember, and nobody is waited for. `too_early` is the second net: the sealer may place step 2 before step 1 (trust 2,
# trap 4).
_READ = """
WITH edge AS MATERIALIZED (SELECT LEAST(COALESCE(max(size), 0), %(until)s) AS until FROM supervision_head)
SELECT edge.until, leaf.index, record.id, record.subject_table, record.subject_id, record.seq, record.kind, record.body,
       %(ordered)s AND record.seq > 1 AND record.seq - 1 > (
           SELECT count(*) FROM supervision_record AS earlier JOIN supervision_leaf AS place ON place.record_id = earlier.id
            WHERE earlier.subject_table = record.subject_table AND earlier.subject_id = record.subject_id
              AND earlier.seq < record.seq AND place.index < GREATEST(leaf.index, %(cursor)s))
  FROM edge LEFT JOIN (supervision_leaf AS leaf JOIN supervision_record AS record ON record.id = leaf.record_id)
    ON leaf.index >= %(start)s AND leaf.index < %(until)s AND leaf.index < edge.until
   AND (%(kinds)s::text[] IS NULL OR record.kind = ANY(%(kinds)s))
 ORDER BY leaf.index
"""


def read(consumer: Consumer, start: int, until: int, *, cursor: int) -> tuple[int, list[Sealed]]:
    """How far the log goes, at most `until`, and the wanted records from `start` to there. What is below `cursor` was seen before."""
    told = {"start": start, "until": until, "cursor": cursor, "ordered": consumer.ordered}
    with connection.cursor() as statement:
        statement.execute(_READ, told | {"kinds": None if consumer.kinds is None else list(consumer.kinds)})
        rows = statement.fetchall()
    return rows[0][0], [
        Sealed(index, record, table, key, seq, kind, bytes(body), bool(early))
        for _, index, record, table, key, seq, kind, body, early in rows
        if index is not None
    ]
