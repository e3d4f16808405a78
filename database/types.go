package database

import "github.com/jmoiron/sqlx"

// DB is an open pool, and Tx a transaction in it, by names that do not make every caller import the library behind them.
type (
	DB = sqlx.DB
	Tx = sqlx.Tx
)
