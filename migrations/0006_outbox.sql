-- +goose Up
-- Every message that is to be sent, was sent, or was not: one row for each reason to send (docs/promises.md).
CREATE TABLE outbox (
    id          uuid        PRIMARY KEY,
    key         text        NOT NULL UNIQUE,         -- why it is sent; the same reason never makes a second row
    person_id   uuid        NOT NULL,
    phone       bytea       NOT NULL,                -- sealed for the person, as in people
    text        bytea       NOT NULL,                -- sealed for the person; of a broadcast for all
    class       text        NOT NULL CHECK (class IN ('once', 'repeatable')),
    priority    smallint    NOT NULL CHECK (priority BETWEEN 0 AND 3), -- reply, case, reminder, broadcast
    topic       text        NOT NULL DEFAULT '',     -- '' is transactional
    wanted      text        NOT NULL DEFAULT '',     -- the channel it must leave by; '' is any
    channel     text        NOT NULL DEFAULT '',     -- the channel it waits for or left by; '' while none is chosen
    sender      text        NOT NULL DEFAULT '',
    segments    int         NOT NULL CHECK (segments > 0),
    status      text        NOT NULL CHECK (status IN ('pending', 'submitting', 'unknown', 'accepted', 'sent', 'delivered', 'undelivered',
                                                       'failed', 'expired', 'cancelled')),
    attempt     int         NOT NULL DEFAULT 0,      -- number of the latest; what an older one has to say changes nothing
    repeated    bool        NOT NULL DEFAULT false,  -- sent once more though nobody knows what became of the attempt before
    asks        int         NOT NULL DEFAULT 0,      -- how often we looked what became of an attempt in doubt
    send_after  timestamptz NOT NULL,
    send_until  timestamptz NOT NULL,
    lease_until timestamptz,                         -- of the attempt; then it is in doubt
    ask_after   timestamptz,                         -- when to look what became of an attempt in doubt
    parked_at   timestamptz,                         -- in doubt for good: an operator decides
    ref         text        NOT NULL DEFAULT '',     -- the carrier's id
    code        text        NOT NULL DEFAULT '',     -- the carrier's error code
    reason      text        NOT NULL DEFAULT '',     -- why it was not sent or not delivered
    created_at  timestamptz NOT NULL DEFAULT now(),
    tried_at    timestamptz,                         -- its first attempt
    sent_at     timestamptz                          -- the carrier took it
) WITH (autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);

-- The end stands in the index so that looking for what has expired, once a minute, reads no rows; an index of its own would cost every message.
CREATE INDEX outbox_claim ON outbox (channel, priority, send_after, send_until) WHERE status = 'pending';
CREATE INDEX outbox_leases ON outbox (lease_until) WHERE status = 'submitting';
CREATE INDEX outbox_doubts ON outbox (ask_after) WHERE status = 'unknown' AND parked_at IS NULL;
CREATE INDEX outbox_parked ON outbox (parked_at) WHERE parked_at IS NOT NULL;
CREATE INDEX outbox_ref ON outbox (channel, ref) WHERE ref <> '';
CREATE INDEX outbox_person ON outbox (person_id);

-- An id nobody can guess, which begins with the time, so that a million new rows are neighbours in the index.
CREATE FUNCTION outbox_id() RETURNS uuid LANGUAGE sql VOLATILE AS $$
    SELECT (lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0') || substr(gen_random_uuid()::text, 14))::uuid
$$;

-- The order in which a message moves, the same as sms.Status.Rank: only ever to a higher one within an attempt.
CREATE FUNCTION outbox_rank(status text) RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE status WHEN 'submitting' THEN 1 WHEN 'unknown' THEN 2 WHEN 'accepted' THEN 3 WHEN 'sent' THEN 4
        WHEN 'undelivered' THEN 5 WHEN 'failed' THEN 5 WHEN 'expired' THEN 5 WHEN 'delivered' THEN 6 WHEN 'cancelled' THEN 7 ELSE 0 END
$$;

-- What a result of the latest attempt, or the answer of a carrier that was asked about it, may change. Back to pending goes only what is
-- under way or in doubt; doubt also stops a message that waits to be tried again; only what is in doubt is parked.
CREATE FUNCTION outbox_moves(old text, new text, park bool) RETURNS bool LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE new WHEN 'pending' THEN old IN ('submitting', 'unknown')
        WHEN 'unknown' THEN CASE WHEN park THEN old = 'unknown' ELSE old IN ('submitting', 'pending') END
        ELSE outbox_rank(new) > outbox_rank(old) END
$$;

-- One token bucket for each channel, in segments, shared by all replicas; tokens may be below zero when a long message took the last ones.
CREATE TABLE outbox_buckets (
    channel    text             PRIMARY KEY,
    tokens     double precision NOT NULL,
    filled_at  timestamptz      NOT NULL,
    held_until timestamptz      NOT NULL DEFAULT '-infinity' -- the carrier asked us to wait
) WITH (fillfactor = 50);

-- Delivery reports for a message we do not know, or do not know yet: the latest of each. The carrier's id may be stored after its report.
CREATE TABLE outbox_orphans (
    channel text        NOT NULL,
    ref     text        NOT NULL,
    status  text        NOT NULL,
    code    text        NOT NULL,
    verdict text        NOT NULL,
    reports int         NOT NULL DEFAULT 1,
    at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (channel, ref)
);

CREATE INDEX outbox_orphans_at ON outbox_orphans (at);

-- The accounting identity of the outbox: total is the sum of the states, and unaccounted, rows that contradict themselves, is 0.
CREATE VIEW outbox_identity AS
SELECT count(*) AS total,
    count(*) FILTER (WHERE status = 'pending') AS pending,
    count(*) FILTER (WHERE status = 'submitting') AS submitting,
    count(*) FILTER (WHERE status = 'unknown') AS unknown,
    count(*) FILTER (WHERE status = 'accepted') AS accepted,
    count(*) FILTER (WHERE status = 'sent') AS sent,
    count(*) FILTER (WHERE status = 'delivered') AS delivered,
    count(*) FILTER (WHERE status = 'undelivered') AS undelivered,
    count(*) FILTER (WHERE status = 'failed') AS failed,
    count(*) FILTER (WHERE status = 'expired') AS expired,
    count(*) FILTER (WHERE status = 'cancelled') AS cancelled,
    count(*) FILTER (WHERE parked_at IS NOT NULL) AS parked,
    count(*) FILTER (WHERE repeated) AS repeated,
    count(*) FILTER (WHERE
        status IN ('submitting', 'unknown', 'accepted', 'sent', 'delivered', 'undelivered') AND attempt = 0
        OR status = 'submitting' AND lease_until IS NULL
        OR status = 'unknown' AND parked_at IS NULL AND ask_after IS NULL
        OR status <> 'unknown' AND parked_at IS NOT NULL
        OR status IN ('failed', 'expired', 'cancelled') AND reason = ''
        OR class = 'once' AND repeated) AS unaccounted,
    min(created_at) FILTER (WHERE status = 'pending' AND send_after <= now()) AS oldest_pending,
    min(tried_at) FILTER (WHERE status = 'unknown') AS oldest_unknown
FROM outbox;

GRANT SELECT, INSERT, UPDATE ON outbox, outbox_buckets TO sapar_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON outbox_orphans TO sapar_app;
GRANT SELECT ON outbox_identity TO sapar_app;
