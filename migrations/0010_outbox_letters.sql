-- What a million messages to many people need not carry a million times, and in which language a text is.

-- +goose Up
-- The text of a broadcast, sealed once; a row of the outbox without a text of its own has the one of its key and language.
CREATE TABLE outbox_texts (
    key      text  NOT NULL,
    language text  NOT NULL,
    text     bytea NOT NULL,
    PRIMARY KEY (key, language)
);

ALTER TABLE outbox
    ALTER COLUMN text DROP NOT NULL,
    ADD COLUMN language text NOT NULL DEFAULT '', -- of the text, for whoever must spell it in Latin letters; '' is not known
    ADD COLUMN script   text NOT NULL DEFAULT ''; -- the person's choice at the latest attempt, so that a carrier is asked about what it was sent

-- One reason sends one message to a person. The index is also the one that finds what a person was sent.
ALTER TABLE outbox
    DROP CONSTRAINT outbox_key_key,
    ADD CONSTRAINT outbox_reason UNIQUE (person_id, key);
DROP INDEX outbox_person;

-- A message is bound to a channel only when its bucket was empty or its sender asked for it. The index of all others has columns of fixed
-- width alone: to insert into one that begins with a text took as long as all the rest of a row.
DROP INDEX outbox_claim;
CREATE INDEX outbox_free ON outbox (priority, send_after, send_until) WHERE status = 'pending' AND channel = '';
CREATE INDEX outbox_bound ON outbox (channel, priority, send_after, send_until) WHERE status = 'pending' AND channel <> '';

DROP FUNCTION outbox_id();

GRANT SELECT, INSERT ON outbox_texts TO sapar_app;
