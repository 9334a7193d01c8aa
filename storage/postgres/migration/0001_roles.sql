-- +goose Up
-- The owner runs migrations and nothing else. sunbid_app serves commands; sunbid_public serves public pages and holds
-- no grant on any table that could tell who takes part, or how many (招标投标法 art. 22).
-- Roles belong to the whole server, so another database of it may have made them already, or be making them now.
-- +goose StatementBegin
DO $$
DECLARE wanted text;
BEGIN
  FOREACH wanted IN ARRAY ARRAY['sunbid_app', 'sunbid_public'] LOOP
    BEGIN
      IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
        EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
      END IF;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
    END;
  END LOOP;
END $$;
-- +goose StatementEnd
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO sunbid_app, sunbid_public;
