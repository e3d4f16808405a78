package main

import (
	"context"
	"errors"
	"fmt"

	"sapar/applications"
	"sapar/database"
	"sapar/menus"
	"sapar/people"
	"sapar/sessions"
	"sapar/sms"
)

// effects carries out what a turn asks for, one line per effect, in the turn's transaction.
func effects(keys *database.Keys, guard *sms.Guard) sessions.Effects {
	return func(ctx context.Context, tx *database.Tx, t sessions.Turned, e menus.Effect) error {
		switch {
		case e.File != nil:
			return file(ctx, tx, keys, t, e.File)
		case e.Speak != nil:
			return people.SetLanguage(ctx, tx, t.Person, *e.Speak)
		case e.Tick != nil:
			return people.SetTick(ctx, tx, t.Person, *e.Tick, t.At)
		case e.Consent != nil:
			return people.Consent(ctx, tx, t.Person, *e.Consent, t.Channel, t.At)
		case e.Send != nil:
			return sms.Queue(ctx, tx, keys, guard, sms.Draft{
				Key: fmt.Sprintf("asked/%s/%d", t.Session, t.Turn), Person: t.Person, Phone: t.Phone, Text: e.Send.Text, Class: sms.Repeatable,
			})
		case e.Wish != nil:
			return wish(ctx, tx, t, e.Wish)
		}
		return nil
	}
}

// wish stops messages, or starts them again.
func wish(ctx context.Context, tx *database.Tx, t sessions.Turned, w *menus.Wish) error {
	said := people.Wish{Topic: w.Topic, Version: sms.WordsVersion, Channel: t.Channel, At: t.At}
	act := people.Stop
	if w.Send {
		act = people.Start
	}
	_, err := act(ctx, tx, t.Person, said)
	return err
}

func file(ctx context.Context, tx *database.Tx, keys *database.Keys, t sessions.Turned, f *menus.Filing) error {
	err := applications.File(ctx, tx, keys, applications.Application{
		Number: f.Number, Kind: f.Kind, PersonID: t.Person, Tree: t.Tree, Revision: t.Revision, Language: t.Language, Answers: f.Answers, FiledAt: t.At,
	})
	if errors.Is(err, applications.ErrNumberTaken) {
		return sessions.ErrAgain
	}
	return err
}
