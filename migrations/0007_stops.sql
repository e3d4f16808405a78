-- What we may do with a number, and how much of it was done.

-- +goose Up
-- One row for each thing a person does not want to be sent. What was said, when and in which words stays in consents.
CREATE TABLE stops (
    person_id  uuid        NOT NULL REFERENCES people ON DELETE CASCADE,
    topic      text        NOT NULL, -- '' is everything
    stopped_at timestamptz NOT NULL,
    channel    text        NOT NULL, -- it was said by
    PRIMARY KEY (person_id, topic)
);

ALTER TABLE people
    ADD COLUMN number_state text NOT NULL DEFAULT '' CHECK (number_state IN ('', 'bad', 'opted out')), -- as a carrier says
    ADD COLUMN agreed_at    timestamptz; -- the phone itself first dialled or texted; NULL: its number was only typed by somebody else

UPDATE people SET agreed_at = created_at; -- until now only a phone that dialled made a row

-- How much was admitted on a day, for all replicas together. Names are keyed hashes, or the number of a stripe.
CREATE TABLE send_counts (
    day   date  NOT NULL, -- UTC
    scope text  NOT NULL,
    name  bytea NOT NULL,
    n     int   NOT NULL,
    PRIMARY KEY (day, scope, name)
) WITH (fillfactor = 70);

-- The last text of a phone and our answer to it, as keyed hashes, so that two robots do not answer each other for ever.
CREATE TABLE last_answers (
    phone_hash   bytea       PRIMARY KEY,
    heard        bytea       NOT NULL DEFAULT '', -- the text
    heard_at     timestamptz NOT NULL,
    same         text        NOT NULL DEFAULT '' CHECK (same IN ('', 'brief', 'again', 'echo')), -- it is that of before, or our own
    said         bytea       NOT NULL DEFAULT '', -- our answer
    said_at      timestamptz,
    loops        int         NOT NULL DEFAULT 0, -- answers in a row to the same text
    silent_until timestamptz
) WITH (fillfactor = 70);

GRANT SELECT, INSERT, DELETE ON stops TO sapar_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON send_counts, last_answers TO sapar_app;
