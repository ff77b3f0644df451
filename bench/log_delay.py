"""How long a record waits for its seal at a steady rate: `sealed_at` of the first head that covers it, less its `recorded_at`.

Both instants are read on the same machine. `sealed_at` is taken when the head is signed; it is committed some milliseconds later.
"""

from collections.abc import Iterator

from bench.log_appends import note_of, writing
from bench.measuring import Row, Side, at_most, percentile
from bench.servers import Office, tell

WRITERS = 4
DELAYS = """
SELECT extract(epoch FROM head.sealed_at - record.recorded_at)::float8
  FROM supervision_record AS record JOIN supervision_leaf AS leaf ON leaf.record_id = record.id
  JOIN LATERAL (SELECT sealed_at FROM supervision_head WHERE size > leaf.index ORDER BY size LIMIT 1) AS head ON true
 WHERE record.id > %s
"""


def measure(office: Office, *, rate: float, seconds: float) -> Iterator[Row]:
    database = office.clone("bench_delay")
    last = database.ask("SELECT max(id) FROM supervision_record")
    with writing(WRITERS) as team, office.sealing(database):
        tell(f"  {rate:.0f} records/s for {seconds:.0f} s")
        done = team.write(database, note_of(office), writers=WRITERS, seconds=seconds, rate=rate)
        database.wait_until_sealed()
    with database.cursor() as cursor:
        cursor.execute(DELAYS, [last])
        delays = [delay for (delay,) in cursor.fetchall()]
    office.drop(database)
    said = f"{done} records in {seconds:.0f} s ({done / seconds:.0f}/s); the longest wait was {max(delays):.2f} s."
    for share, aim in ((0.5, None), (0.99, at_most(3))):
        yield Row(
            "4", f"seal delay, p{share * 100:.0f}", "s", Side("sealer", [percentile(delays, share)]), aim=aim, note=said
        )
