package main

import (
	"os"
	"reflect"
	"regexp"
	"slices"
	"testing"
)

func TestEnvExampleListsEverySettingWithItsDefault(t *testing.T) {
	text, err := os.ReadFile(root + "/.env.example")
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]string{}
	for _, m := range regexp.MustCompile(`(?m)^#?\s?([A-Z_]+)=(.*)$`).FindAllStringSubmatch(string(text), -1) {
		listed[m[1]] = m[2]
	}
	var names []string
	for i := range reflect.TypeFor[Config]().NumField() {
		tag := reflect.TypeFor[Config]().Field(i).Tag
		names = append(names, tag.Get("env"))
		if got, ok := listed[tag.Get("env")]; !ok || got != tag.Get("default") {
			t.Errorf("%s: .env.example says %q, the program %q", tag.Get("env"), got, tag.Get("default"))
		}
		if tag.Get("help") == "" {
			t.Errorf("%s has no sentence", tag.Get("env"))
		}
	}
	for name := range listed {
		if !slices.Contains(names, name) {
			t.Errorf("%s is no setting", name)
		}
	}
}

func TestOnlyLoopbackAddressesAreLoopback(t *testing.T) {
	for address, want := range map[string]bool{
		"127.0.0.1:8080": true, "[::1]:80": true, "localhost:1": true, "127.8.8.8:1": true,
		":8080": false, "0.0.0.0:8080": false, "10.0.0.1:8080": false, "example.org:80": false, "127.0.0.1": false, "": false,
	} {
		if got := loopback(address); got != want {
			t.Errorf("%q: %v", address, got)
		}
	}
}
