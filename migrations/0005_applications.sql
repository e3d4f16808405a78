-- +goose Up
CREATE TABLE applications (
    id        uuid        PRIMARY KEY,
    number    text        NOT NULL UNIQUE CHECK (number ~ '^[0-9]{10}$'),
    kind      text        NOT NULL,
    person_id uuid        NOT NULL REFERENCES people,
    office    text        NOT NULL DEFAULT '', -- '' until it is routed to one
    tree      text        NOT NULL,
    revision  int         NOT NULL,
    language  text        NOT NULL,
    answers   bytea       NOT NULL, -- sealed
    status    text        NOT NULL DEFAULT 'received',
    filed_at  timestamptz NOT NULL
);

CREATE INDEX applications_person ON applications (person_id, filed_at DESC);
CREATE INDEX applications_office ON applications (office, filed_at DESC);

-- Whoever answers a phone may file; only the office a case belongs to may read it. sapar.office is set for a transaction by the console.
ALTER TABLE applications ENABLE ROW LEVEL SECURITY;
ALTER TABLE applications FORCE ROW LEVEL SECURITY;
CREATE POLICY filing ON applications FOR INSERT WITH CHECK (office = '' AND status = 'received');
CREATE POLICY own_office ON applications FOR SELECT
    USING (office <> '' AND office = current_setting('sapar.office', true)); -- the setting reads '' once a transaction has set it

GRANT SELECT, INSERT ON applications TO sapar_app;
