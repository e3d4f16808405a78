-- The console: who may sign in and do what, their sessions, and what each of them did.

-- +goose Up
CREATE TABLE operators (
    id         uuid        PRIMARY KEY,
    name       text        NOT NULL UNIQUE CHECK (name ~ '^[a-z0-9][a-z0-9._-]{1,39}$'),
    roles      text[]      NOT NULL,            -- what each may do is in the program
    office     text        NOT NULL DEFAULT '', -- whose cases they work on; '' none
    language   text        NOT NULL DEFAULT '', -- of the console; '' what the browser asks for
    password   text        NOT NULL,            -- argon2id of a keyed hash, in the PHC form
    secret     bytea       NOT NULL DEFAULT '', -- sealed: of the six digits; '' until they set them up
    step       bigint      NOT NULL DEFAULT 0,  -- the half minute whose digits were used last: none is used twice
    epoch      int         NOT NULL DEFAULT 1,  -- a session that began with another one is over
    created_at timestamptz NOT NULL,
    revoked_at timestamptz                      -- may not sign in any more
);

GRANT SELECT, INSERT, UPDATE ON operators TO sapar_app;

-- A row for each browser that is signed in, or on its way.
CREATE TABLE operator_sessions (
    token      text        PRIMARY KEY, -- hash of what the cookie holds
    data       bytea       NOT NULL,    -- sealed
    expires_at timestamptz NOT NULL
);
CREATE INDEX operator_sessions_expiry ON operator_sessions (expires_at);

GRANT SELECT, INSERT, UPDATE, DELETE ON operator_sessions TO sapar_app;

-- Tries to sign in within the last while, shared by all replicas.
CREATE TABLE operator_tries (
    name bytea       NOT NULL, -- keyed hash of an account or an address
    at   timestamptz NOT NULL
);
CREATE INDEX operator_tries_name ON operator_tries (name, at);

GRANT SELECT, INSERT, DELETE ON operator_tries TO sapar_app;

-- Who did what in the console. The program can add rows, and neither change nor delete them.
CREATE TABLE audit (
    id      bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at      timestamptz NOT NULL,
    who     text        NOT NULL, -- an operator; '' nobody we know; shell:… on the machine itself
    address text        NOT NULL, -- of the browser
    action  text        NOT NULL,
    about   text        NOT NULL DEFAULT '', -- a reference number, an operator
    before  jsonb,                           -- never a phone, a name of a person or what somebody wrote
    after   jsonb
);
CREATE INDEX audit_who ON audit (who, id DESC);
CREATE INDEX audit_about ON audit (about, id DESC);

GRANT SELECT, INSERT ON audit TO sapar_app;
