-- The five roles of the hall and one database for them. For psql, run by an administrator in the hall's own database:
--
--   createdb hall
--   HALL_MIGRATE_PASSWORD=… HALL_APP_PASSWORD=… HALL_SEALER_PASSWORD=… HALL_AUDIT_PASSWORD=… \
--     psql -v ON_ERROR_STOP=1 -d hall -f script/roles.sql
--
-- Safe to run again. The embedded server runs it at every first start.

\getenv migrate_password HALL_MIGRATE_PASSWORD
\getenv app_password HALL_APP_PASSWORD
\getenv sealer_password HALL_SEALER_PASSWORD
\getenv audit_password HALL_AUDIT_PASSWORD

-- hall_owner    owns every table; nobody signs in as it
-- hall_migrate  deploys: may become hall_owner, inherits nothing from it
-- hall_app      web and worker
-- hall_sealer   reads the log, writes leaves and heads
-- hall_audit    reads
SELECT format('CREATE ROLE %I %s', name, kind)
  FROM (VALUES ('hall_owner', 'NOLOGIN'), ('hall_migrate', 'LOGIN NOINHERIT'), ('hall_app', 'LOGIN NOINHERIT'),
               ('hall_sealer', 'LOGIN NOINHERIT'), ('hall_audit', 'LOGIN NOINHERIT')) AS wanted (name, kind)
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name)
\gexec

ALTER ROLE hall_migrate PASSWORD :'migrate_password';
ALTER ROLE hall_app PASSWORD :'app_password';
ALTER ROLE hall_sealer PASSWORD :'sealer_password';
ALTER ROLE hall_audit PASSWORD :'audit_password';

-- Version 15 does not know the longer form; NOINHERIT says the same there.
SELECT current_setting('server_version_num')::int >= 160000 AS knows_inherit \gset
\if :knows_inherit
    GRANT hall_owner TO hall_migrate WITH INHERIT FALSE, SET TRUE;
\else
    GRANT hall_owner TO hall_migrate;
\endif

-- A writing transaction that is left open holds back sealing in the whole cluster: it ends after half a minute.
ALTER ROLE hall_app SET idle_in_transaction_session_timeout = '30s';
ALTER ROLE hall_app SET statement_timeout = '30s';
-- A case is fetched with nine tables beside it, each by its key: trying every order of joining them takes longer than the reading.
ALTER ROLE hall_app SET join_collapse_limit = 4;
ALTER ROLE hall_sealer SET idle_in_transaction_session_timeout = '30s';
-- The sealer speaks every second. One that is frozen, or whose host is gone, loses its session and with it the lock of the one runner.
ALTER ROLE hall_sealer SET idle_session_timeout = '60s';
ALTER ROLE hall_sealer SET tcp_keepalives_idle = 10;
ALTER ROLE hall_sealer SET tcp_keepalives_interval = 5;
ALTER ROLE hall_sealer SET tcp_keepalives_count = 3;
ALTER ROLE hall_audit SET default_transaction_read_only = on;
ALTER ROLE hall_audit SET idle_in_transaction_session_timeout = '10min';

\ir database.sql
