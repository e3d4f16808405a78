-- A person is more than a number: further numbers, a household on one phone, a PIN, where they are; and what stays of whoever is forgotten.

-- +goose Up
-- A member of a household has no number of their own; nor has whoever was forgotten, or merged into somebody else.
ALTER TABLE people
    ALTER COLUMN phone_hash DROP NOT NULL,
    ALTER COLUMN phone DROP NOT NULL,
    ADD CONSTRAINT people_number CHECK ((phone_hash IS NULL) = (phone IS NULL)),
    ADD COLUMN country      text NOT NULL DEFAULT '', -- of stay; '' here and below is not known
    ADD COLUMN city         text NOT NULL DEFAULT '',
    ADD COLUMN oblast       text NOT NULL DEFAULT '', -- at home
    ADD COLUMN raion        text NOT NULL DEFAULT '',
    ADD COLUMN zone         text NOT NULL DEFAULT '', -- as Asia/Bishkek
    ADD COLUMN pin          text NOT NULL DEFAULT '', -- argon2id, in the PHC form; its salt is the person's
    ADD COLUMN merged_into  uuid REFERENCES people,   -- it was the same person, who had dialled from another number
    ADD COLUMN forgotten_at timestamptz;

CREATE INDEX people_forgotten ON people (id) WHERE forgotten_at IS NOT NULL;
CREATE INDEX people_merged ON people (merged_into) WHERE merged_into IS NOT NULL;

-- Further numbers of a person, such as the SIM of the country they work in. Messages go to the main one, in people.
CREATE TABLE numbers (
    phone_hash bytea       PRIMARY KEY,
    phone      bytea       NOT NULL, -- sealed E.164, for its hash
    person_id  uuid        NOT NULL REFERENCES people ON DELETE CASCADE,
    agreed_at  timestamptz,          -- NULL: an old number; it receives nothing, and does not lead to the person
    added_at   timestamptz NOT NULL
);

CREATE INDEX numbers_person ON numbers (person_id);

-- Who can prove to be themselves on a phone: its holder, once they have a PIN, and those who share it. The salt of a phone's PINs is one, so
-- one hash tells whose a PIN is, and no two people on a phone have the same.
CREATE TABLE members (
    phone_hash bytea       NOT NULL,
    person_id  uuid        NOT NULL REFERENCES people ON DELETE CASCADE,
    pin        text        NOT NULL, -- argon2id, in the PHC form
    joined_at  timestamptz NOT NULL,
    PRIMARY KEY (phone_hash, person_id),
    UNIQUE (phone_hash, pin)
);

CREATE INDEX members_person ON members (person_id);

-- Which numbers a person had, as keyed hashes.
CREATE TABLE number_history (
    person_id  uuid        NOT NULL REFERENCES people ON DELETE CASCADE,
    phone_hash bytea       NOT NULL,
    became     text        NOT NULL CHECK (became IN ('main', 'further', 'shared', 'old', 'reassigned')),
    at         timestamptz NOT NULL
);

CREATE INDEX number_history_person ON number_history (person_id, at);

-- Wrong PINs, by the keyed hash of the phone that tried or by the person whose PIN was asked for. Not in people: a phone may try before it is
-- anybody's, and a try counts even when the turn it was part of is undone.
CREATE TABLE pin_tries (
    name   bytea       PRIMARY KEY,
    tries  int         NOT NULL,
    latest timestamptz NOT NULL -- three, and for an hour from then on there is no other
) WITH (fillfactor = 70);

-- Stops of numbers whose person was forgotten. Whoever gets such a number a row again has it stopped still, whichever statement makes the row.
CREATE TABLE optouts (
    phone_hash bytea       NOT NULL,
    topic      text        NOT NULL,
    stopped_at timestamptz NOT NULL,
    channel    text        NOT NULL,
    PRIMARY KEY (phone_hash, topic)
);

-- +goose StatementBegin
CREATE FUNCTION honour_optout() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM optouts WHERE phone_hash = NEW.phone_hash; -- nearly nobody has one, and a look costs less than the statement below
    IF FOUND THEN
        WITH kept AS (
            DELETE FROM optouts WHERE phone_hash = NEW.phone_hash RETURNING topic, stopped_at, channel
        )
        INSERT INTO stops (person_id, topic, stopped_at, channel) SELECT NEW.id, topic, stopped_at, channel FROM kept;
    END IF;
    RETURN NULL;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER people_optout AFTER INSERT ON people FOR EACH ROW WHEN (NEW.phone_hash IS NOT NULL) EXECUTE FUNCTION honour_optout();

-- How much was forgotten, without a day: on a quiet one the date would say who.
CREATE TABLE forgotten_counts (
    what text   PRIMARY KEY, -- people, ticks, or a topic of consent with version and answer
    n    bigint NOT NULL
);

GRANT SELECT, INSERT, UPDATE, DELETE ON numbers, members, number_history, pin_tries, optouts TO sapar_app;
GRANT SELECT, INSERT, UPDATE ON forgotten_counts TO sapar_app;
GRANT UPDATE, DELETE ON consents TO sapar_app;
GRANT UPDATE ON stops TO sapar_app;
GRANT DELETE ON sessions, turns, inbox TO sapar_app; -- for whoever asks to be forgotten
