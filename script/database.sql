-- What one database of the hall needs before its first migration. Run by an administrator of that database, after
-- script/roles.sql has made the roles; safe to run again. Plain SQL: the tests run it on their template, too.

CREATE EXTENSION IF NOT EXISTS btree_gist;
CREATE EXTENSION IF NOT EXISTS pg_trgm;

-- Tables belong to hall_owner, as whom nobody signs in; only the deploying role may act for it (T47).
ALTER SCHEMA public OWNER TO hall_owner;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO hall_app, hall_sealer, hall_audit, hall_migrate;

-- The application writes rows and owns nothing; migrations take rights away again where rows must stay as they are.
ALTER DEFAULT PRIVILEGES FOR ROLE hall_owner IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO hall_app;
ALTER DEFAULT PRIVILEGES FOR ROLE hall_owner IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO hall_app;
ALTER DEFAULT PRIVILEGES FOR ROLE hall_owner IN SCHEMA public GRANT SELECT ON TABLES TO hall_audit;
-- What the sealer reads is granted table by table.
ALTER DEFAULT PRIVILEGES FOR ROLE hall_owner IN SCHEMA public REVOKE SELECT ON TABLES FROM hall_sealer;

DO $$
BEGIN
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO hall_migrate, hall_app, hall_sealer, hall_audit', current_database());
    EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO hall_migrate, hall_app', current_database());
END
$$;
