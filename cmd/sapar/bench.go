package main

import "errors"

type benchCmd struct{}

func (benchCmd) Run() error { return errors.New("x") }
