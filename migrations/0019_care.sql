-- What is sent to another number of a person than the main one stands on its own; and functions that see more than whoever calls them look only
-- where they are told to.

-- +goose Up
ALTER TABLE outbox ADD COLUMN elsewhere bool NOT NULL DEFAULT false; -- it goes to a further number: that the main one is bad says nothing of it

-- Who filed applications of a kind that is still open, without the applications: for a broadcast that is a draft and has no list yet, so that a
-- list is made once, with it. A kind of which any application is sensitive lists nobody: a text to all who filed one tells.
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION list_applicants(asked int, wanted text) RETURNS int
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    n int;
BEGIN
    PERFORM set_config('sapar.counting', 'on', true);
    INSERT INTO broadcast_lists (broadcast, person_id)
    SELECT DISTINCT b.number, a.person_id FROM broadcasts b, applications a
    WHERE b.number = asked AND b.state = 'draft' AND NOT EXISTS (SELECT 1 FROM broadcast_lists l WHERE l.broadcast = asked)
        AND a.kind = wanted AND a.person_id IS NOT NULL AND a.closed_at IS NULL AND a.emptied_at IS NULL
        AND NOT EXISTS (SELECT 1 FROM applications s WHERE s.kind = wanted AND s.sensitive);
    GET DIAGNOSTICS n = ROW_COUNT;
    PERFORM set_config('sapar.counting', '', true);
    RETURN n;
END
$$;
-- +goose StatementEnd

-- What somebody made for a session of their own (pg_temp) is looked at last: else it would stand in for a table, with the owner's rights.
ALTER FUNCTION application_owner(text) SET search_path = public, pg_temp;
ALTER FUNCTION count_identities() SET search_path = public, pg_temp;
