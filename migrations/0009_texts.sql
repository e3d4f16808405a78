-- Texts are stored by the statement that stores turns. All texts of a phone are one session, whichever number it texts; what tells a robot
-- from a person is kept in its sealed state.

-- +goose Up
ALTER TABLE inbox DROP CONSTRAINT inbox_pkey, ADD PRIMARY KEY (session_id, message);

DROP TABLE last_answers;
