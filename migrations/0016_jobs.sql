-- What runs without anyone calling: each slot of each job once, whatever dies and however many replicas there are.

-- +goose Up
CREATE TABLE job_runs (
    job         text        NOT NULL,
    slot        timestamptz NOT NULL,           -- the moment it was meant for, not the one it began at
    state       text        NOT NULL CHECK (state IN ('running', 'done', 'failed', 'skipped')),
    by_hand     bool        NOT NULL DEFAULT false,
    attempt     int         NOT NULL DEFAULT 1, -- the fence: only the latest one may say how the run ended
    lease_until timestamptz,                    -- of a run under way, by this clock here; then its replica is taken for dead
    started_at  timestamptz,                    -- by the replica's clock, as slot
    took        double precision,               -- seconds of the latest attempt
    counts      jsonb       NOT NULL DEFAULT '{}',
    error       text        NOT NULL DEFAULT '', -- why it failed or was skipped
    PRIMARY KEY (job, slot)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);

-- No job runs twice at once.
CREATE UNIQUE INDEX job_runs_one ON job_runs (job) WHERE state = 'running';

GRANT SELECT, INSERT, UPDATE, DELETE ON job_runs TO sapar_app;

-- Few rows that change all the time: they are vacuumed by how many died, since a share of so few, or of very many, is waited for too long.
ALTER TABLE outbox_buckets SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);
ALTER TABLE send_counts SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);
ALTER TABLE people SET (autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);
ALTER TABLE sessions SET (autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);
