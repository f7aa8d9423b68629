-- Roles with no more rights than they need. Once in every database, before anything is stored there, as whoever runs the
-- server:  psql -v ON_ERROR_STOP=1 -f roles.sql wenbao
-- Whoever makes the tables does it as wenbao_owner:  postgres://me@host/wenbao?options=-crole%3Dwenbao_owner
-- Then give people's and programs' own roles one of the three:  GRANT wenbao_reader TO "ask-server";
--   wenbao_owner   makes and changes tables: the first `wenbao ingest` or `copy`, `spread`, `rebuild`, --nearest graph
--   wenbao_writer  puts documents in and takes them out: `wenbao ingest`, `work`, `remove`, and `serve`
--   wenbao_reader  asks: `wenbao ask`, `serve --read-only`, `status`, `verify`
CREATE EXTENSION IF NOT EXISTS vector;
DO $$
DECLARE
    role text;
BEGIN
    FOREACH role IN ARRAY ARRAY['wenbao_owner', 'wenbao_writer', 'wenbao_reader'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN', role);
        END IF;
    END LOOP;
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO wenbao_owner, wenbao_writer, wenbao_reader', current_database());
END $$;
CREATE SCHEMA IF NOT EXISTS wenbao AUTHORIZATION wenbao_owner;
GRANT USAGE ON SCHEMA wenbao TO wenbao_writer, wenbao_reader;
ALTER DEFAULT PRIVILEGES FOR ROLE wenbao_owner IN SCHEMA wenbao
    GRANT SELECT ON TABLES TO wenbao_reader;
ALTER DEFAULT PRIVILEGES FOR ROLE wenbao_owner IN SCHEMA wenbao
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO wenbao_writer;
