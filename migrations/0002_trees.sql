-- +goose Up
CREATE TABLE tree_revisions (
    tree       text        NOT NULL,
    revision   int         NOT NULL CHECK (revision > 0),
    files      jsonb       NOT NULL, -- [{"name": …, "text": …}], exactly as they were written
    hash       text        NOT NULL, -- of the files, so that the same ones are not published twice
    built_in   bool        NOT NULL, -- came with the program, not from an operator
    note       text        NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tree, revision)
);

CREATE TABLE trees (
    name      text PRIMARY KEY,
    published int  NOT NULL,
    FOREIGN KEY (name, published) REFERENCES tree_revisions (tree, revision)
);

GRANT SELECT, INSERT ON tree_revisions TO sapar_app; -- a revision never changes once made
GRANT SELECT, INSERT, UPDATE ON trees TO sapar_app;
