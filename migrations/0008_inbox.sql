-- +goose Up
-- Texts as they came, byte for byte, and cleaned, both sealed for the person. The key is the carrier's, hashed: a text comes once.
CREATE TABLE inbox (
    channel    text        NOT NULL,
    message    uuid        NOT NULL,
    person_id  uuid        NOT NULL,
    session_id uuid        NOT NULL,
    turn       int         NOT NULL,
    raw        bytea       NOT NULL,
    text       bytea       NOT NULL,
    at         timestamptz NOT NULL,
    PRIMARY KEY (channel, message)
);

CREATE INDEX inbox_person ON inbox (person_id, at DESC);

GRANT SELECT, INSERT ON inbox TO sapar_app;
