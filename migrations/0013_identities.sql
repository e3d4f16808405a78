-- The accounting identities: what must add up whatever happened. Each view is one row: how much one side says there is, how much the other, how
-- many places contradict each other, and the first of them. sapar verify prints them.

-- +goose Up
-- FORCE hides the cases from their owner too, but for whoever says that they are counted.
CREATE POLICY counting ON applications FOR SELECT TO CURRENT_USER
    USING (current_setting('sapar.counting', true) = 'on');
CREATE POLICY counting ON application_events FOR SELECT TO CURRENT_USER
    USING (current_setting('sapar.counting', true) = 'on');

-- A session at turn n has the turns 1 to n: every callback that was accepted is one of them, or was answered with one of them again.
CREATE VIEW identity_turns AS
SELECT coalesce(sum(turn), 0)::bigint AS expected, coalesce(sum(n), 0)::bigint AS found, count(*) FILTER (WHERE bad) AS broken,
    min(id) FILTER (WHERE bad) AS first
FROM (
    SELECT coalesce(s.id, t.session_id)::text AS id, s.turn, t.n,
        s.id IS NULL OR t.session_id IS NULL OR t.n <> s.turn OR t.low <> 1 OR t.high <> s.turn AS bad
    FROM sessions s
    FULL JOIN (SELECT session_id, count(*) AS n, min(turn) AS low, max(turn) AS high FROM turns GROUP BY session_id) t ON t.session_id = s.id
) chain;

-- A text that came is one turn, and its own.
CREATE VIEW identity_texts AS
SELECT coalesce(sum(n), 0)::bigint AS expected, count(*) FILTER (WHERE answered) AS found, count(*) FILTER (WHERE NOT answered OR n > 1) AS broken,
    min(id) FILTER (WHERE NOT answered OR n > 1) AS first
FROM (
    SELECT i.session_id || '/' || i.turn AS id, i.n, t.session_id IS NOT NULL AS answered
    FROM (SELECT session_id, turn, count(*) AS n FROM inbox GROUP BY session_id, turn) i
    LEFT JOIN turns t ON t.session_id = i.session_id AND t.turn = i.turn
) text;

-- A message is in one state, and what is kept of it does not contradict that.
CREATE VIEW identity_outbox AS
SELECT total AS expected, sum AS found, unaccounted + abs(total - sum) AS broken, NULL AS first
FROM outbox_identity o
CROSS JOIN LATERAL (
    SELECT pending + submitting + unknown + accepted + sent + delivered + undelivered + failed + expired + cancelled AS sum
) states;

-- A case of version n has the events 1 to n, and the first is its filing.
CREATE VIEW identity_events AS
SELECT coalesce(sum(version), 0)::bigint AS expected, coalesce(sum(n), 0)::bigint AS found, count(*) FILTER (WHERE bad) AS broken,
    min(number) FILTER (WHERE bad) AS first
FROM (
    SELECT a.number, a.version, e.n, e.n IS DISTINCT FROM a.version OR e.high <> a.version OR NOT e.filed AS bad
    FROM applications a
    LEFT JOIN (
        SELECT application_id, count(*) AS n, max(n) AS high, bool_or(n = 1 AND action = 'filed') AND count(*) FILTER (WHERE action = 'filed') = 1 AS filed
        FROM application_events
        GROUP BY application_id
    ) e ON e.application_id = a.id
) chain;

-- Whoever wants texts of a case has exactly one receipt of its filing, and there is no receipt without a case. The receipt of somebody without a
-- number of their own went to the holder of the phone, and may have been forgotten with them; there are no more such than forgotten messages.
CREATE VIEW identity_receipts AS
SELECT count(*) FILTER (WHERE wanted) AS expected, count(*) FILTER (WHERE wanted AND (n = 1 OR n = 0 AND shared)) AS found,
    count(*) FILTER (WHERE bad) + greatest(0, count(*) FILTER (WHERE wanted AND n = 0 AND shared)
        - (SELECT count(*) FROM outbox WHERE key LIKE 'forgotten/%')) AS broken,
    min(number) FILTER (WHERE bad) AS first
FROM (
    SELECT number, wanted, n, shared, wanted IS NULL OR n > 1 OR wanted AND n = 0 AND NOT shared AS bad
    FROM (
        SELECT coalesce(a.number, r.number) AS number, a.notify AND a.emptied_at IS NULL AS wanted, coalesce(r.n, 0) AS n,
            a.notify AND (EXISTS (SELECT 1 FROM people p WHERE p.id = a.person_id AND p.phone_hash IS NULL)
                OR EXISTS (SELECT 1 FROM number_history h WHERE h.person_id = a.person_id AND h.became = 'shared')) AS shared
        FROM applications a
        FULL JOIN (
            SELECT split_part(key, '/', 2) AS number, count(*) AS n FROM outbox WHERE key LIKE 'case/%/1' GROUP BY 1
        ) r ON r.number = a.number
    ) one
) receipt;

CREATE VIEW identities AS
SELECT 'turns' AS name, expected, found, broken, coalesce(first, '') AS first FROM identity_turns
UNION ALL SELECT 'texts', expected, found, broken, coalesce(first, '') FROM identity_texts
UNION ALL SELECT 'outbox', expected, found, broken, coalesce(first, '') FROM identity_outbox
UNION ALL SELECT 'events', expected, found, broken, coalesce(first, '') FROM identity_events
UNION ALL SELECT 'receipts', expected, found, broken, coalesce(first, '') FROM identity_receipts;

-- Numbers only, for the metrics of a program that may not see a case.
-- +goose StatementBegin
CREATE FUNCTION count_identities() RETURNS TABLE (name text, expected bigint, found bigint, broken bigint)
    LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM set_config('sapar.counting', 'on', true);
    RETURN QUERY SELECT i.name, i.expected, i.found, i.broken FROM identities i;
    PERFORM set_config('sapar.counting', '', true);
END
$$;
-- +goose StatementEnd
REVOKE EXECUTE ON FUNCTION count_identities() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION count_identities() TO sapar_app;
