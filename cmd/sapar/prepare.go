package main

import (
	"context"
	"errors"

	"sapar/applications/offices"
	"sapar/database"
	"sapar/directory"
	"sapar/menus"
	"sapar/migrations"
)

// unlock reads the keys, makes them on a first run, and prepares the database with them. New keys that do not fit are not left behind.
func (s *server) unlock(ctx context.Context, url string) (err error) {
	if s.keys, err = s.config.keyFiles().Load(); err != nil {
		return err
	}
	if err = prepare(ctx, url, s.keys); errors.Is(err, database.ErrOtherKeys) {
		return errors.Join(err, s.keys.Discard())
	}
	return err
}

// prepare migrates as the owner of the tables and loads what comes with the program.
func prepare(ctx context.Context, url string, keys *database.Keys) error {
	owner, err := database.OpenOwner(ctx, url)
	if err != nil {
		return err
	}
	defer owner.Close()
	if _, err := database.Migrate(ctx, owner, migrations.Files); err != nil {
		return err
	}
	if err := database.CheckKeys(ctx, owner, keys); err != nil {
		return err
	}
	contents, err := directory.BuiltIn()
	if err != nil {
		return err
	}
	return database.InTx(ctx, owner, func(tx *database.Tx) error {
		if err := menus.LoadBuiltIn(ctx, tx); err != nil {
			return err
		}
		if err := directory.Load(ctx, tx, contents); err != nil {
			return err
		}
		return offices.Load(ctx, tx, offices.BuiltIn(consulates(contents)))
	})
}

// consulates are the posts of the directory as offices, with the regions of Russia that each serves.
func consulates(contents *directory.Contents) (out []offices.Office) {
	for i := range contents.Contacts {
		post := &contents.Contacts[i]
		if post.Kind != directory.Post {
			continue
		}
		office := offices.Office{ID: post.ID, Name: post.Name, Countries: []string{post.Country}}
		for _, region := range contents.Regions {
			if region.Post == post.ID {
				office.Regions = append(office.Regions, region.ID)
			}
		}
		out = append(out, office)
	}
	return out
}
