-- +goose Up
-- One row for each session of a carrier. Its id is the keyed hash of channel, carrier's session key and phone, so a repeated first
-- callback meets the same row. No foreign keys here and below: these tables are written on every turn, and the statement that writes
-- them makes the rows they point to.
CREATE TABLE sessions (
    id           uuid        PRIMARY KEY,
    person_id    uuid        NOT NULL,
    channel      text        NOT NULL,
    tree         text        NOT NULL,
    revision     int         NOT NULL,
    turn         int         NOT NULL, -- the last one answered
    state        bytea       NOT NULL, -- sealed: holds answers
    carries      bool        NOT NULL DEFAULT false, -- the state holds an earlier dropped dialogue besides
    started_at   timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL,
    ended_at     timestamptz, -- its last screen was shown
    dropped_at   timestamptz  -- the carrier ended it before that
) WITH (fillfactor = 70); -- room to rewrite a row in its own page; no index on what changes

CREATE INDEX sessions_person ON sessions (person_id, started_at DESC); -- the latest one is offered again after a drop

-- One row for each answered callback: the chain of a session has no gaps, and the same callback again finds its reply here.
CREATE TABLE turns (
    session_id uuid        NOT NULL,
    turn       int         NOT NULL,
    callback   bytea       NOT NULL, -- keyed hash of what the carrier sent
    node       text        NOT NULL, -- '' in a sensitive branch
    reply      bytea       NOT NULL, -- sealed
    at         timestamptz NOT NULL,
    PRIMARY KEY (session_id, turn)
);

GRANT SELECT, INSERT, UPDATE ON sessions TO sapar_app;
GRANT SELECT, INSERT, UPDATE ON turns TO sapar_app; -- a reply may be held back in the transaction that writes it
