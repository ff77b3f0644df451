"""What the database holds, as one value: two readings are equal exactly when nothing was written between them."""

from django.db import connection

Contents = dict[str, tuple[int, str]]

# Signing in and being awake are no acts of the hall.
SESSIONS = "hall_staffsession"


def contents(*, leaving_out: tuple[str, ...] = (SESSIONS,)) -> Contents:
    """For every table how many rows it has, and a digest of all that stands in them."""
    tables = [name for name in connection.introspection.table_names() if name not in leaving_out]
    whole = " UNION ALL ".join(
        f"""SELECT '{name}', count(*), coalesce(md5(string_agg(md5(t::text), '' ORDER BY md5(t::text))), '') FROM "{name}" t"""
        for name in tables
    )
    with connection.cursor() as cursor:
        cursor.execute(whole)
        return {name: (count, digest) for name, count, digest in cursor.fetchall()}


def grown(before: Contents, after: Contents) -> dict[str, int]:
    """By how many rows each table has grown; a table whose rows changed without a new one stands with 0."""
    return {name: after[name][0] - before[name][0] for name in after if after[name] != before[name]}
