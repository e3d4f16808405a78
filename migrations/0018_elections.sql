-- Where people vote abroad, and what of an election an operator has confirmed.

-- +goose Up
CREATE TABLE polling_stations (
    id          text   PRIMARY KEY,  -- election and number in its list
    election    text   NOT NULL,
    country     text   NOT NULL,     -- ISO 3166-1
    city        jsonb  NOT NULL,     -- {"ky": …, "ru": …, "uz": …, "en": …}
    address     text   NOT NULL,     -- as published
    source      text   NOT NULL,
    source_date date   NOT NULL,
    sort        int    NOT NULL,     -- its line in the list
    imported_at timestamptz NOT NULL,
    imported_by text   NOT NULL
);

CREATE INDEX polling_stations_election ON polling_stations (election, sort);

-- What operators said of the parts of an election: reminders, rules, stations. The latest word on what it says now counts.
CREATE TABLE election_confirmations (
    election  text        NOT NULL,
    part      text        NOT NULL,
    version   text        NOT NULL, -- hash of what was confirmed
    confirmed bool        NOT NULL, -- false: withdrawn
    who       text        NOT NULL,
    at        timestamptz NOT NULL,
    PRIMARY KEY (election, part, at)
);

GRANT SELECT, INSERT, DELETE ON polling_stations TO sapar_app;
GRANT SELECT, INSERT ON election_confirmations TO sapar_app;
