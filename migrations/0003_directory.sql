-- Consular posts and hotlines, what is known of each, and what operators said about it.

-- +goose Up

CREATE TABLE directory_countries (
    id        text PRIMARY KEY,              -- ISO 3166-1 code, or EU
    name      jsonb NOT NULL,                -- {"ky": …, "ru": …, "uz": …, "en": …}
    sort      int NOT NULL,                  -- place in lists
    edited_at timestamptz                    -- an operator changed the row: the built-in data leaves it alone
);

CREATE TABLE directory_entries (
    id             text PRIMARY KEY,
    kind           text NOT NULL CHECK (kind IN ('post', 'hotline')),
    office         text NOT NULL DEFAULT '', -- what a post is: embassy, consulate_general, …
    country        text NOT NULL DEFAULT '', -- a directory_countries.id; empty for lines that work anywhere
    city           jsonb NOT NULL DEFAULT '{}',
    name           jsonb NOT NULL,
    phones         text[] NOT NULL DEFAULT '{}',
    candidates     text[] NOT NULL DEFAULT '{}', -- never shown to a person
    emergency      boolean NOT NULL DEFAULT false,
    address        text NOT NULL DEFAULT '',
    address_source text NOT NULL DEFAULT '',
    address_date   text NOT NULL DEFAULT '',
    email          text NOT NULL DEFAULT '',
    email_source   text NOT NULL DEFAULT '',
    district       text NOT NULL DEFAULT '',
    via            text NOT NULL DEFAULT '', -- a directory_entries.id: whom to turn to instead
    callable_from  text NOT NULL DEFAULT '', -- ISO 3166-1 code, or 'any'
    source         text NOT NULL DEFAULT '',
    source_date    text NOT NULL DEFAULT '', -- YYYY, YYYY-MM or YYYY-MM-DD
    also_seen      jsonb NOT NULL DEFAULT '[]',
    confidence     text NOT NULL CHECK (confidence IN ('high', 'medium', 'low', 'none')),
    review_by      date NOT NULL,
    note           text NOT NULL DEFAULT '',
    sort           int NOT NULL,
    confirmed_at   timestamptz,              -- an operator called the phones and they are right
    confirmed_by   text,
    edited_at      timestamptz               -- an operator changed the row: the built-in data leaves it alone
);

CREATE INDEX directory_entries_review_by ON directory_entries (review_by);

CREATE TABLE directory_regions (
    id          text PRIMARY KEY,            -- a region of Russia
    name        jsonb NOT NULL,
    post        text NOT NULL REFERENCES directory_entries (id),
    source      text NOT NULL DEFAULT '',
    source_date text NOT NULL DEFAULT '',
    confidence  text NOT NULL CHECK (confidence IN ('high', 'medium', 'low', 'none')),
    review_by   date NOT NULL,
    note        text NOT NULL DEFAULT '',
    sort        int NOT NULL,
    edited_at   timestamptz
);

GRANT SELECT, INSERT, UPDATE ON directory_countries, directory_entries, directory_regions TO sapar_app;
