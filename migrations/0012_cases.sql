-- Offices, and what they do with an application: its way from received to closed, who did what and why, and who read it.

-- +goose Up
CREATE TABLE offices (
    id        text  PRIMARY KEY CHECK (id <> ''),
    kind      text  NOT NULL CHECK (kind IN ('raion', 'oblast', 'aiyl', 'consulate', 'national')),
    name      jsonb NOT NULL,                -- {"ky": …, "ru": …, "uz": …, "en": …}
    oblast    text  NOT NULL DEFAULT '',     -- it serves
    raion     text  NOT NULL DEFAULT '',     -- likewise
    aiyl      text  NOT NULL DEFAULT '',     -- likewise: its name, as it is written
    regions   text[] NOT NULL DEFAULT '{}',  -- of Russia, each a directory_regions.id
    countries text[] NOT NULL DEFAULT '{}',  -- ISO 3166-1 codes
    parent    text  NOT NULL DEFAULT '',     -- the office above it
    sort      int   NOT NULL DEFAULT 0,      -- the first of a country takes what names the country only
    closed_at timestamptz,                   -- takes no further cases
    edited_at timestamptz                    -- an operator changed the row: the built-in data leaves it alone
);

INSERT INTO offices (id, kind, name) VALUES
    ('national', 'national', '{"ky": "Борбордук бөлүм", "ru": "Центральный отдел", "uz": "Markaziy bo''lim", "en": "Central office"}');

GRANT SELECT, INSERT, UPDATE ON offices TO sapar_app;

-- FORCE would hide the rows from their owner, who moves them here.
ALTER TABLE applications NO FORCE ROW LEVEL SECURITY;
UPDATE applications SET office = 'national' WHERE office = '';
ALTER TABLE applications
    ALTER COLUMN person_id DROP NOT NULL,
    ALTER COLUMN office DROP DEFAULT,
    ADD FOREIGN KEY (office) REFERENCES offices,
    ADD COLUMN version     int         NOT NULL DEFAULT 1,      -- the number of its events: they have no gaps
    ADD COLUMN due_at      timestamptz,                         -- the office should have done the next thing
    ADD COLUMN status_date date,                                -- what the status speaks of: the day of a visit, the end of a decision
    ADD COLUMN notify      bool        NOT NULL DEFAULT false,  -- the person wants a text of each change
    ADD COLUMN listed      bool        NOT NULL DEFAULT false,  -- filed with a PIN, which its list asks for
    ADD COLUMN sensitive   bool        NOT NULL DEFAULT false,  -- sealed with the second key
    ADD COLUMN channel     text        NOT NULL DEFAULT '',     -- it was filed by
    ADD COLUMN assignee    text        NOT NULL DEFAULT '',
    ADD COLUMN handed_from text        NOT NULL DEFAULT '',     -- the office that handed it over last
    ADD COLUMN merged_into uuid        REFERENCES applications,
    ADD COLUMN reopened    int         NOT NULL DEFAULT 0,
    ADD COLUMN fingerprint bytea       NOT NULL DEFAULT '',     -- keyed hash of what makes two filings the same
    ADD COLUMN decided_at  timestamptz,
    ADD COLUMN closed_at   timestamptz,
    ADD COLUMN emptied_at  timestamptz,                         -- its content is gone; the row stays to be counted
    ADD CHECK (emptied_at IS NOT NULL OR person_id IS NOT NULL);

DROP INDEX applications_office;
CREATE INDEX applications_newest ON applications (office, filed_at DESC, number DESC);
CREATE INDEX applications_due ON applications (office, due_at, number) WHERE due_at IS NOT NULL;
CREATE INDEX applications_retention ON applications (office, kind, closed_at) WHERE emptied_at IS NULL;

-- Everything that happened to a case, in order. Only the reason can be taken out again.
CREATE TABLE application_events (
    application_id uuid        NOT NULL REFERENCES applications,
    n              int         NOT NULL CHECK (n > 0),
    at             timestamptz NOT NULL,
    who            text        NOT NULL, -- a case worker, 'person', or 'sapar'
    office         text        NOT NULL, -- that the case belonged to
    action         text        NOT NULL,
    was            text        NOT NULL DEFAULT '', -- status, office, assignee or number, by the action
    became         text        NOT NULL DEFAULT '',
    date           date,
    why            bytea       NOT NULL DEFAULT '', -- sealed
    PRIMARY KEY (application_id, n)
);

CREATE TABLE application_notes (
    id             uuid        PRIMARY KEY,
    application_id uuid        NOT NULL REFERENCES applications,
    at             timestamptz NOT NULL,
    who            text        NOT NULL,
    text           bytea       NOT NULL -- sealed
);
CREATE INDEX application_notes_case ON application_notes (application_id, at);

CREATE TABLE application_questions (
    id             uuid        PRIMARY KEY,
    application_id uuid        NOT NULL REFERENCES applications,
    asked_at       timestamptz NOT NULL,
    who            text        NOT NULL,
    question       bytea       NOT NULL, -- sealed
    answered_at    timestamptz,
    answer         bytea       NOT NULL DEFAULT '' -- sealed
);
CREATE INDEX application_questions_case ON application_questions (application_id, asked_at);

-- Every look at a case: who, for what, and whether they saw its phones.
CREATE TABLE application_reads (
    id             uuid        PRIMARY KEY,
    application_id uuid        NOT NULL REFERENCES applications,
    at             timestamptz NOT NULL,
    who            text        NOT NULL,
    office         text        NOT NULL,
    unmasked       bool        NOT NULL,
    purpose        bytea       NOT NULL -- sealed
);
CREATE INDEX application_reads_case ON application_reads (application_id, at);
CREATE INDEX application_reads_who ON application_reads (who, at);

INSERT INTO application_events (application_id, n, at, who, office, action, became)
SELECT id, 1, filed_at, 'person', office, 'filed', status FROM applications;
ALTER TABLE applications FORCE ROW LEVEL SECURITY;

-- A transaction says for whom it acts: sapar.office is a case worker's office, sapar.person whoever holds the phone. A setting that was never
-- made is NULL and one of an earlier transaction '', and neither is an office or a person.
CREATE FUNCTION case_of_office(asked uuid) RETURNS bool LANGUAGE sql STABLE
    RETURN EXISTS (SELECT 1 FROM applications a WHERE a.id = asked AND a.office = current_setting('sapar.office', true));
CREATE FUNCTION case_of_person(asked uuid) RETURNS bool LANGUAGE sql STABLE
    RETURN EXISTS (SELECT 1 FROM applications a WHERE a.id = asked AND a.person_id = nullif(current_setting('sapar.person', true), '')::uuid);

DROP POLICY filing ON applications;
DROP POLICY own_office ON applications;
CREATE POLICY filing ON applications FOR INSERT
    WITH CHECK (person_id = nullif(current_setting('sapar.person', true), '')::uuid AND status = 'received' AND version = 1);
CREATE POLICY own_person ON applications FOR SELECT
    USING (person_id = nullif(current_setting('sapar.person', true), '')::uuid);
CREATE POLICY own_office ON applications FOR SELECT
    USING (office = current_setting('sapar.office', true));
-- Whoever hands a case over must see the row that it becomes: this one, named by sapar.handed, in this transaction, and no other.
CREATE POLICY handing ON applications FOR SELECT
    USING (handed_from <> '' AND handed_from = current_setting('sapar.office', true) AND id::text = current_setting('sapar.handed', true));
CREATE POLICY change ON applications FOR UPDATE
    USING (office = current_setting('sapar.office', true))
    WITH CHECK (current_setting('sapar.office', true) IN (office, handed_from));

ALTER TABLE application_events ENABLE ROW LEVEL SECURITY;
ALTER TABLE application_events FORCE ROW LEVEL SECURITY;
CREATE POLICY read ON application_events FOR SELECT USING (case_of_office(application_id));
CREATE POLICY add ON application_events FOR INSERT WITH CHECK (case_of_office(application_id));
CREATE POLICY filing ON application_events FOR INSERT WITH CHECK (n = 1 AND action = 'filed' AND case_of_person(application_id));
CREATE POLICY forget ON application_events FOR UPDATE USING (case_of_office(application_id)) WITH CHECK (why = '');

ALTER TABLE application_notes ENABLE ROW LEVEL SECURITY;
ALTER TABLE application_notes FORCE ROW LEVEL SECURITY;
CREATE POLICY read ON application_notes FOR SELECT USING (case_of_office(application_id));
CREATE POLICY add ON application_notes FOR INSERT WITH CHECK (case_of_office(application_id));
CREATE POLICY forget ON application_notes FOR UPDATE USING (case_of_office(application_id)) WITH CHECK (text = '');

ALTER TABLE application_questions ENABLE ROW LEVEL SECURITY;
ALTER TABLE application_questions FORCE ROW LEVEL SECURITY;
CREATE POLICY read ON application_questions FOR SELECT USING (case_of_office(application_id));
CREATE POLICY own_person ON application_questions FOR SELECT USING (case_of_person(application_id));
CREATE POLICY add ON application_questions FOR INSERT WITH CHECK (case_of_office(application_id));
CREATE POLICY answer ON application_questions FOR UPDATE USING (case_of_office(application_id)) WITH CHECK (case_of_office(application_id));

ALTER TABLE application_reads ENABLE ROW LEVEL SECURITY;
ALTER TABLE application_reads FORCE ROW LEVEL SECURITY;
CREATE POLICY read ON application_reads FOR SELECT USING (case_of_office(application_id));
CREATE POLICY add ON application_reads FOR INSERT
    WITH CHECK (case_of_office(application_id) AND office = current_setting('sapar.office', true));
CREATE POLICY forget ON application_reads FOR UPDATE USING (case_of_office(application_id)) WITH CHECK (purpose = '');

GRANT UPDATE (person_id, office, version, status, due_at, status_date, notify, assignee, handed_from, merged_into, reopened, fingerprint,
    language, answers, decided_at, closed_at, emptied_at) ON applications TO sapar_app;
GRANT SELECT, INSERT, UPDATE (why) ON application_events TO sapar_app;
GRANT SELECT, INSERT, UPDATE (text) ON application_notes TO sapar_app;
GRANT SELECT, INSERT, UPDATE (question, answered_at, answer) ON application_questions TO sapar_app;
GRANT SELECT, INSERT, UPDATE (purpose) ON application_reads TO sapar_app;

-- Whose PIN is asked for when somebody gives a reference number on any phone: a person's id, and nothing else of the case.
CREATE POLICY look_up ON applications FOR SELECT TO CURRENT_USER
    USING (number = current_setting('sapar.number', true));
-- +goose StatementBegin
CREATE FUNCTION application_owner(asked text) RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    owner uuid;
BEGIN
    PERFORM set_config('sapar.number', asked, true);
    SELECT person_id INTO owner FROM applications WHERE number = asked;
    PERFORM set_config('sapar.number', '', true);
    RETURN owner;
END
$$;
-- +goose StatementEnd
REVOKE EXECUTE ON FUNCTION application_owner(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION application_owner(text) TO sapar_app;
