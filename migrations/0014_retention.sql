-- What is kept for a time only, and where somebody stays in words that a dump does not tell.

-- +goose Up
-- How far everything of a kind has been emptied: the rows stay, to be counted, and an expiry need not read them all again.
CREATE TABLE retention_marks (
    what  text        PRIMARY KEY, -- texts, messages
    until timestamptz NOT NULL
);

GRANT SELECT, INSERT, UPDATE ON retention_marks TO sapar_app;
GRANT UPDATE ON inbox TO sapar_app; -- the words go after a while, and the row stays: the same text again must be known

-- Rows come nearly in the order of these times, so that a few words for each 32 pages are enough, and a turn pays next to nothing for them. A
-- column that changes with every turn (last_seen_at) has no index at all.
CREATE INDEX sessions_started ON sessions USING brin (started_at) WITH (pages_per_range = 32, autosummarize = on);
CREATE INDEX inbox_at ON inbox USING brin (at) WITH (pages_per_range = 32, autosummarize = on);
CREATE INDEX outbox_until ON outbox USING brin (send_until) WITH (pages_per_range = 32, autosummarize = on);

-- The city is what somebody typed; it is sealed like their number, and its hash finds who stays where. SQL cannot seal: cities in clear go, and
-- who told theirs is asked again when they next look at their place.
ALTER TABLE people
    DROP COLUMN city,
    ADD COLUMN city      bytea NOT NULL DEFAULT '', -- sealed for the person
    ADD COLUMN city_hash bytea NOT NULL DEFAULT ''; -- keyed, of the city in small letters; '' is not known

-- Whoever has no number of their own is reached on the phone they share: the message is its holder's, and knows for whom it is.
ALTER TABLE outbox ADD COLUMN meant_for uuid; -- NULL is person_id

CREATE INDEX outbox_meant ON outbox (meant_for) WHERE meant_for IS NOT NULL;
