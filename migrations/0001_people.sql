-- +goose Up
-- The role the program serves with: it owns nothing, so row-level security holds for it.
-- +goose StatementBegin
DO $$
BEGIN
    CREATE ROLE sapar_app NOLOGIN;
EXCEPTION
    WHEN duplicate_object OR unique_violation THEN NULL; -- roles belong to the whole cluster: another database of it made the role
END
$$;
-- +goose StatementEnd
GRANT sapar_app TO CURRENT_USER;
GRANT USAGE ON SCHEMA public TO sapar_app;

CREATE TABLE people (
    id         uuid        PRIMARY KEY,
    phone_hash bytea       NOT NULL UNIQUE, -- keyed, so that a dump tells no numbers
    phone      bytea       NOT NULL,        -- sealed E.164
    language   text        NOT NULL DEFAULT '' CHECK (language IN ('', 'ky', 'ru', 'uz', 'en')),
    script     text        NOT NULL DEFAULT '' CHECK (script IN ('', 'cyrl', 'latn')),
    created_at timestamptz NOT NULL
);

CREATE TABLE ticks (
    person_id uuid        NOT NULL REFERENCES people ON DELETE CASCADE,
    item      text        NOT NULL, -- checklist and item, as prep-ru/ban
    ticked_at timestamptz NOT NULL,
    PRIMARY KEY (person_id, item)
);

CREATE TABLE consents (
    person_id uuid        NOT NULL REFERENCES people ON DELETE CASCADE,
    topic     text        NOT NULL,
    version   int         NOT NULL, -- of the wording that was read
    agreed    bool        NOT NULL,
    channel   text        NOT NULL,
    given_at  timestamptz NOT NULL,
    PRIMARY KEY (person_id, topic, given_at)
);

GRANT SELECT, INSERT, UPDATE ON people TO sapar_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ticks TO sapar_app;
GRANT SELECT, INSERT ON consents TO sapar_app;

-- One row: the mark of the keys that seal this database.
CREATE TABLE key_marks (
    one  bool  PRIMARY KEY CHECK (one),
    mark bytea NOT NULL
);

GRANT SELECT ON key_marks TO sapar_app;
