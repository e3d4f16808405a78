-- One text for many people: to whom, when, who wrote it and who approved it, how far it is; and how it is stopped at once.

-- +goose Up
CREATE TABLE broadcasts (
    number       int         GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    cause        text        UNIQUE,                     -- what made it by itself, once: an election and its day; NULL is an operator
    name         text        NOT NULL,                   -- for operators
    topic        text        NOT NULL,                   -- what a person may stop
    urgent       bool        NOT NULL,                   -- at night and on a holiday too
    segment      jsonb       NOT NULL,                   -- to whom; cities as keyed hashes
    content      bytea       NOT NULL,                   -- keyed hash of what it says, to find the same again
    state        text        NOT NULL DEFAULT 'draft' CHECK (state IN ('draft', 'sending', 'paused', 'cancelled', 'done')),
    people       int         NOT NULL DEFAULT 0,         -- in the segment when it was last counted
    segments     int         NOT NULL DEFAULT 0,         -- they would be sent then
    made_by      text        NOT NULL,
    made_at      timestamptz NOT NULL,
    approved_by  text        NOT NULL DEFAULT '',
    approved_at  timestamptz,
    approved_for int         NOT NULL DEFAULT 0,         -- people
    starts_at    timestamptz NOT NULL,                   -- nothing is queued before
    local_at     timestamp,                              -- on each one's own clock; NULL is as soon as it starts
    local_until  timestamp,                              -- likewise, no longer useful then; NULL is ends_at only
    ends_at      timestamptz NOT NULL,                   -- no longer useful then
    started_at   timestamptz,
    ended_at     timestamptz,                            -- cancelled, or all of it sent or given up
    swept        bool        NOT NULL DEFAULT false,     -- nothing of it waits in the outbox any more
    note         text        NOT NULL DEFAULT ''         -- what it waits for
);

CREATE INDEX broadcasts_content ON broadcasts (content, started_at);

CREATE TABLE broadcast_texts (
    broadcast int   NOT NULL REFERENCES broadcasts ON DELETE CASCADE,
    language  text  NOT NULL,
    text      bytea NOT NULL, -- sealed
    PRIMARY KEY (broadcast, language)
);

-- All people in the order of their ids, cut into parts that several hands queue at once. A chunk of people and the part it belongs to are written
-- together, so what is queued is counted, once.
CREATE TABLE broadcast_parts (
    broadcast   int   NOT NULL REFERENCES broadcasts ON DELETE CASCADE,
    part        int   NOT NULL,
    reached     uuid  NOT NULL, -- the people up to here are done
    last        uuid  NOT NULL,
    targets     int   NOT NULL DEFAULT 0,
    queued      int   NOT NULL DEFAULT 0,
    skipped     int   NOT NULL DEFAULT 0,
    segments    int   NOT NULL DEFAULT 0,
    reasons     jsonb NOT NULL DEFAULT '{}', -- of the skipped
    done        bool  NOT NULL DEFAULT false,
    lease_until timestamptz NOT NULL DEFAULT '-infinity', -- somebody is at it
    PRIMARY KEY (broadcast, part),
    CHECK (targets = queued + skipped)
);

-- Who is in a segment that cannot be told from a person's own row; emptied when the broadcast has ended.
CREATE TABLE broadcast_lists (
    broadcast int  NOT NULL REFERENCES broadcasts ON DELETE CASCADE,
    person_id uuid NOT NULL,
    PRIMARY KEY (broadcast, person_id)
);

GRANT SELECT, INSERT, UPDATE ON broadcasts, broadcast_parts TO sapar_app;
GRANT SELECT, INSERT ON broadcast_texts TO sapar_app;
GRANT SELECT, INSERT, DELETE ON broadcast_lists TO sapar_app;

ALTER TABLE outbox
    ADD COLUMN batch int,      -- the broadcast it is part of, which may be paused and cancelled as one; NULL is none
    ADD COLUMN night smallint; -- minute of the day (UTC) at which the reader's night of eleven hours begins; NULL is sent at any hour

-- What is part of a broadcast waits in an index of its own, where each broadcast is a stretch: one that is paused is not looked at, whatever
-- its size.
DROP INDEX outbox_free;
CREATE INDEX outbox_free ON outbox (priority, send_after, send_until) WHERE status = 'pending' AND channel = '' AND batch IS NULL;
CREATE INDEX outbox_batch ON outbox (batch, send_after, send_until) WHERE status = 'pending' AND channel = '' AND batch IS NOT NULL;
CREATE INDEX outbox_batches ON outbox USING brin (batch) WITH (pages_per_range = 32, autosummarize = on);

-- How many minutes of a reader's night are left.
CREATE FUNCTION night_left(night smallint, at timestamptz) RETURNS int LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN night IS NULL THEN 0 ELSE greatest(0, 660 - (((extract(epoch FROM at)::bigint / 60 % 1440)::int - night + 1440) % 1440)) END
$$;

-- Who filed applications of a kind that is still open, without the applications. Sensitive kinds list nobody: a text to all who filed one tells.
-- +goose StatementBegin
CREATE FUNCTION list_applicants(asked int, wanted text) RETURNS int LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    n int;
BEGIN
    PERFORM set_config('sapar.counting', 'on', true);
    INSERT INTO broadcast_lists (broadcast, person_id)
    SELECT DISTINCT asked, a.person_id FROM applications a
    WHERE a.kind = wanted AND a.person_id IS NOT NULL AND a.closed_at IS NULL AND a.emptied_at IS NULL AND NOT a.sensitive;
    GET DIAGNOSTICS n = ROW_COUNT;
    PERFORM set_config('sapar.counting', '', true);
    RETURN n;
END
$$;
-- +goose StatementEnd
REVOKE EXECUTE ON FUNCTION list_applicants(int, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION list_applicants(int, text) TO sapar_app;

-- Whom a broadcast looked at has a row in the outbox, queued or skipped, and nobody else has one of it.
CREATE VIEW identity_broadcasts AS
SELECT coalesce(sum(targets), 0)::bigint AS expected, coalesce(sum(n), 0)::bigint AS found, count(*) FILTER (WHERE targets <> n) AS broken,
    min(number) FILTER (WHERE targets <> n) AS first
FROM (
    SELECT coalesce(p.broadcast, o.batch)::text AS number, coalesce(p.targets, 0) AS targets, coalesce(o.n, 0) AS n
    FROM (SELECT broadcast, sum(targets) AS targets FROM broadcast_parts GROUP BY broadcast) p
    FULL JOIN (SELECT batch, count(*) AS n FROM outbox WHERE batch IS NOT NULL GROUP BY batch) o ON o.batch = p.broadcast
) one;

CREATE OR REPLACE VIEW identities AS
SELECT 'turns' AS name, expected, found, broken, coalesce(first, '') AS first FROM identity_turns
UNION ALL SELECT 'texts', expected, found, broken, coalesce(first, '') FROM identity_texts
UNION ALL SELECT 'outbox', expected, found, broken, coalesce(first, '') FROM identity_outbox
UNION ALL SELECT 'events', expected, found, broken, coalesce(first, '') FROM identity_events
UNION ALL SELECT 'receipts', expected, found, broken, coalesce(first, '') FROM identity_receipts
UNION ALL SELECT 'broadcasts', expected, found, broken, coalesce(first, '') FROM identity_broadcasts;
