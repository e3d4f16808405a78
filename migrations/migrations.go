// Package migrations holds the numbered SQL files that make the tables, embedded in the program.
package migrations

import "embed"

// Files are the migrations in goose's format, applied in the order of their numbers, each once and never back.
//
//go:embed *.sql
var Files embed.FS
