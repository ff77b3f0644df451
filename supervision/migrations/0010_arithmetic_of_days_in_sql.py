"""The ordinals follow the calendar by themselves; counting days and the standing of a clock in SQL, as workdays.py and judging.py say it."""

from django.db import migrations

# Only the database writes the ordinals: whoever may change the calendar (with its announcement) changes them by that alone.
ORDINALS = """
CREATE FUNCTION supervision_table_workdays() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
    DELETE FROM public.supervision_workday;
    INSERT INTO public.supervision_workday (day, works, position)
    SELECT listed.day, listed.works, count(*) FILTER (WHERE listed.works) OVER (ORDER BY listed.day)
      FROM (SELECT known.day::date AS day,
                   CASE differing.kind WHEN 'make_up_workday' THEN true WHEN 'off_day' THEN false
                        ELSE extract(isodow FROM known.day) <= 5 END AS works
              FROM (SELECT min(year) AS first, max(year) AS last FROM public.supervision_calendaryear) AS years,
                   generate_series(make_date(years.first, 1, 1)::timestamp, make_date(years.last, 12, 31)::timestamp,
                                   interval '1 day') AS known(day)
              LEFT JOIN public.supervision_calendarday AS differing ON differing.day = known.day::date) AS listed;
    RETURN NULL;
END $body$;
CREATE TRIGGER supervision_calendaryear_tabled AFTER INSERT OR UPDATE OR DELETE ON supervision_calendaryear
    FOR EACH STATEMENT EXECUTE FUNCTION supervision_table_workdays();
ALTER TABLE supervision_calendaryear ENABLE ALWAYS TRIGGER supervision_calendaryear_tabled;
CREATE TRIGGER supervision_calendarday_tabled AFTER INSERT OR UPDATE OR DELETE ON supervision_calendarday
    FOR EACH STATEMENT EXECUTE FUNCTION supervision_table_workdays();
ALTER TABLE supervision_calendarday ENABLE ALWAYS TRIGGER supervision_calendarday_tabled;
UPDATE supervision_calendaryear SET year = year WHERE false;
REVOKE INSERT, UPDATE, DELETE, TRUNCATE ON supervision_workday FROM hall_app;
"""
NO_ORDINALS = """
DROP TRIGGER supervision_calendarday_tabled ON supervision_calendarday;
DROP TRIGGER supervision_calendaryear_tabled ON supervision_calendaryear;
DROP FUNCTION supervision_table_workdays();
"""

# As workdays.Calendar.position: beyond the last known day Monday to Friday; before the first one nothing is known (null).
# Day 1 of the common era was a Monday.
COUNTING = """
CREATE FUNCTION supervision_weekdays(day date) RETURNS integer LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (day - date '0001-01-01' + 1) / 7 * 5 + least((day - date '0001-01-01' + 1) % 7, 5);

CREATE FUNCTION supervision_position(wanted date) RETURNS integer LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE AS $body$
DECLARE
    tabled integer;
    last_known date;
BEGIN
    SELECT position INTO tabled FROM public.supervision_workday WHERE day = wanted;
    IF tabled IS NULL THEN
        SELECT day, position INTO last_known, tabled FROM public.supervision_workday WHERE day < wanted ORDER BY day DESC LIMIT 1;
        RETURN tabled + public.supervision_weekdays(wanted) - public.supervision_weekdays(last_known);
    END IF;
    RETURN tabled;
END $body$;

-- Days after the one up to and with the other, in the days of the unit.
CREATE FUNCTION supervision_days(after date, upto date, unit text) RETURNS integer LANGUAGE plpgsql STABLE PARALLEL SAFE AS $body$
BEGIN
    IF unit IN ('workday', 'immediate') THEN
        RETURN public.supervision_position(upto) - public.supervision_position(after);
    END IF;
    RETURN upto - after;
END $body$;

-- workdays.used: days used up to and with a day. `pauses` are first and last days in turn, `paused_since` opens one more; what
-- overlaps counts once.
CREATE FUNCTION supervision_used(started_on date, upto date, unit text, pauses date[], paused_since date)
RETURNS integer LANGUAGE plpgsql STABLE PARALLEL SAFE AS $body$
DECLARE
    stops datemultirange := '{}';
    stopped integer := 0;
BEGIN
    IF upto <= started_on OR unit = 'immediate' THEN
        RETURN 0;
    END IF;
    FOR n IN 1 .. cardinality(pauses) BY 2 LOOP
        stops := stops + datemultirange(daterange(pauses[n], pauses[n + 1], '[]'));
    END LOOP;
    IF paused_since IS NOT NULL THEN
        stops := stops + datemultirange(daterange(paused_since, NULL));
    END IF;
    IF NOT isempty(stops) THEN
        stops := stops * datemultirange(daterange(started_on, upto, '(]'));
        SELECT coalesce(sum(public.supervision_days(lower(stop) - 1, upper(stop) - 1, unit)), 0) INTO stopped FROM unnest(stops) AS stop;
    END IF;
    RETURN public.supervision_days(started_on, upto, unit) - stopped;
END $body$;
"""
NO_COUNTING = """
DROP FUNCTION supervision_used(date, date, text, date[], date);
DROP FUNCTION supervision_days(date, date, text);
DROP FUNCTION supervision_position(date);
DROP FUNCTION supervision_weekdays(date);
"""

# judging.judge without its words and used days (supervision_used), in the same order: a stop ends everything; else the statute, a
# pause, the unknown, the provisional, the running. `near_share` null: nothing is ever near. `days_left` is negative once the day that
# counts has passed.
STANDING = """
CREATE TYPE supervision_standing AS (state text, days_left integer, due_on date, breach text);
CREATE FUNCTION supervision_judge(
    kind text, started_on date, term integer, unit text, extension integer, due_on date, provisional boolean,
    pauses date[], paused_since date, stopped_on date, statutory_due date, statutory_unit text,
    today date, near_share integer, near_at_least integer
) RETURNS supervision_standing LANGUAGE plpgsql STABLE PARALLEL SAFE AS $body$
DECLARE
    told public.supervision_standing;
    day date := coalesce(stopped_on, today);
    statute date := CASE WHEN kind <> 'statutory' THEN statutory_due WHEN NOT provisional THEN due_on END;
    unit_of_statute text := CASE WHEN kind = 'statutory' THEN unit ELSE statutory_unit END;
    past_due boolean := coalesce(day > due_on, false) AND NOT provisional;
    reach integer;
BEGIN
    told.due_on := CASE WHEN due_on IS NULL THEN NULL ELSE least(due_on, statutory_due) END;
    told.breach := '';
    IF day > statute AND EXISTS (SELECT FROM public.supervision_workday AS known WHERE known.day = statute) THEN
        told.state := 'unlawful';
        told.days_left := -public.supervision_days(statute, day, unit_of_statute);
    ELSIF stopped_on IS NULL AND paused_since IS NOT NULL AND NOT coalesce(due_on < paused_since, false) THEN
        told.state := 'paused';
        IF unit <> 'month' THEN
            told.days_left := term + extension - public.supervision_used(started_on, day, unit, pauses, paused_since);
        END IF;
    ELSIF stopped_on IS NULL AND told.due_on IS NULL THEN
        told.state := 'calm';
    ELSIF stopped_on IS NULL AND provisional AND told.due_on = due_on THEN
        told.state := 'provisional';
        told.days_left := public.supervision_days(day, due_on, unit);
    ELSIF past_due THEN
        told.state := 'late';
        told.days_left := -public.supervision_days(due_on, day, unit);
    ELSIF stopped_on IS NOT NULL THEN
        IF NOT provisional THEN
            told.days_left := greatest(public.supervision_days(day, due_on, unit), CASE WHEN due_on IS NOT NULL THEN 0 END);
        ELSIF EXISTS (SELECT FROM public.supervision_workday AS known WHERE known.day = coalesce(stopped_on, today)) THEN
            told.days_left := public.supervision_days(day, due_on, unit);
        END IF;
    ELSIF day = told.due_on THEN
        told.state := 'today';
        told.days_left := 0;
    ELSE
        told.days_left := public.supervision_days(day, told.due_on, unit);
        IF unit = 'month' THEN
            term := due_on - started_on;
        END IF;
        reach := CASE WHEN term <= 1 THEN 0 ELSE greatest(near_at_least, (term * near_share + 99) / 100) END;
        told.state := CASE WHEN near_share IS NOT NULL AND told.days_left BETWEEN 0 AND reach THEN 'near' ELSE 'calm' END;
    END IF;
    IF stopped_on IS NOT NULL THEN
        told.breach := coalesce(told.state, '');
        told.state := 'done';
    END IF;
    RETURN told;
END $body$;
"""
NO_STANDING = """
DROP FUNCTION supervision_judge(
    text, date, integer, text, integer, date, boolean, date[], date, date, date, text, date, integer, integer);
DROP TYPE supervision_standing;
"""


class Migration(migrations.Migration):
    dependencies = [("supervision", "0009_calendar_changes_and_ordinals")]

    operations = [
        migrations.RunSQL(ORDINALS, NO_ORDINALS),
        migrations.RunSQL(COUNTING, NO_COUNTING),
        migrations.RunSQL(STANDING, NO_STANDING),
    ]
