-- Deadlines people asked to be reminded of, the stays they count, and the reminders.

-- +goose Up
-- What operators said of a rule of deadlines: the latest word on its present text counts.
CREATE TABLE deadline_confirmations (
    rule      text        NOT NULL,
    version   text        NOT NULL, -- hash of the rule as it was read
    confirmed bool        NOT NULL, -- false: withdrawn
    who       text        NOT NULL,
    at        timestamptz NOT NULL,
    PRIMARY KEY (rule, at)
);

-- Which rule somebody waits for may say that they are ill, so no column tells it: rule and date are sealed, and looked up by keyed hash. The due
-- date stands in clear for segments, but not where the days between it and a reminder would tell the rule, and not of what counts stays.
CREATE TABLE deadlines (
    id         uuid        PRIMARY KEY,
    person_id  uuid        NOT NULL REFERENCES people ON DELETE CASCADE,
    wish_hash  bytea       NOT NULL, -- keyed, of person, rule and event date: the same wish again is this row
    rule_hash  bytea       NOT NULL, -- keyed, of person and rule: a person waits for one date of a rule
    wish       bytea       NOT NULL, -- sealed rule and event date
    due        date,
    state      text        NOT NULL CHECK (state IN ('waiting', 'done', 'left', 'replaced', 'past')),
    next_at    timestamptz,          -- when a reminder must be thought of; NULL while there is none to come
    made_at    timestamptz NOT NULL, -- asked for, the last time
    changed_at timestamptz NOT NULL,
    UNIQUE (person_id, wish_hash)
);

CREATE UNIQUE INDEX deadlines_rule ON deadlines (person_id, rule_hash) WHERE state = 'waiting';
CREATE INDEX deadlines_next ON deadlines (next_at) WHERE state = 'waiting';
CREATE INDEX deadlines_due ON deadlines (due) WHERE state = 'waiting';

-- One row for each reminder that was thought of, queued or not: nobody gets the same one twice, whatever dies.
CREATE TABLE deadline_reminders (
    deadline_id uuid        NOT NULL REFERENCES deadlines ON DELETE CASCADE,
    name        bytea       NOT NULL,            -- keyed hash of due date and days before
    id          uuid        NOT NULL UNIQUE,     -- stands in the keys of its messages
    holder      uuid        NOT NULL,            -- whose phone it goes to
    skipped     text        NOT NULL DEFAULT '', -- why it was not queued; '' is queued
    at          timestamptz NOT NULL,            -- thought of
    send_after  timestamptz,                     -- of its latest message
    until       timestamptz NOT NULL,            -- no longer useful then
    tries       smallint    NOT NULL DEFAULT 0,  -- messages to the person's main number
    home        bool        NOT NULL DEFAULT false, -- sent to their home number too
    look_at     timestamptz,                     -- when to look whether it has arrived; NULL is never again
    PRIMARY KEY (deadline_id, name)
);

CREATE INDEX deadline_reminders_look ON deadline_reminders (look_at) WHERE look_at IS NOT NULL;
CREATE INDEX deadline_reminders_holder ON deadline_reminders (holder, send_after) WHERE skipped = '';

-- When somebody came into a country and left it, as they said.
CREATE TABLE stays (
    id        uuid        PRIMARY KEY,
    person_id uuid        NOT NULL REFERENCES people ON DELETE CASCADE,
    stay      bytea       NOT NULL, -- sealed country, entry and exit
    said_at   timestamptz NOT NULL
);

CREATE INDEX stays_person ON stays (person_id);

GRANT SELECT, INSERT ON deadline_confirmations TO sapar_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON deadlines, deadline_reminders, stays TO sapar_app;
