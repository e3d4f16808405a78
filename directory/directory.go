// Package directory holds the consular posts and the hotlines, each with its source, its date and how far it can be trusted.
//
// The built-in data lives in the YAML files beside the code. It is loaded into the database, where operators confirm and
// correct it; menus read what the database says.
package directory

import (
	"embed"
	"fmt"

	"github.com/goccy/go-yaml"

	"sapar/menus"
)

// Fallback is the id of the contact that stands in for every one without a confirmed number: the Consular Department of the
// ministry of foreign affairs.
const Fallback = "kg-mfa-consular"

// The two kinds of contact.
const (
	Post    = "post"    // an embassy, a consulate, an honorary consul, a ministry's department
	Hotline = "hotline" // a line of help
)

//go:embed posts.yaml hotlines.yaml countries.yaml regions.yaml
var files embed.FS

// Contents is everything the directory knows, in the order it is listed.
type Contents struct {
	Contacts  []Contact // the posts, then the hotlines
	Countries []Country
	Regions   []Region
}

// Contact is a post or a hotline with everything known of it, for menus and for the operators who confirm it.
type Contact struct {
	ID            string        `yaml:"id"             json:"id"`
	Kind          string        `yaml:"-"              json:"kind"`           // Post or Hotline
	Office        string        `yaml:"office"         json:"office"`         // what a post is: embassy, consulate_general, …; empty for hotlines
	Country       string        `yaml:"country"        json:"country"`        // ISO 3166-1 code of where it stands or whom it serves; empty for lines that work anywhere
	City          menus.Wording `yaml:"city"           json:"city"`           // where a post stands; none for hotlines
	Name          menus.Wording `yaml:"name"           json:"name"`           // what menus call it
	Phones        []string      `yaml:"phones"         json:"phones"`         // E.164 or short numbers, the best first
	Candidates    []string      `yaml:"candidates"     json:"candidates"`     // older or conflicting numbers, for operators only
	Emergency     bool          `yaml:"emergency"      json:"emergency"`      // the phones were announced for emergencies
	Address       string        `yaml:"address"        json:"address"`        // as published
	AddressSource string        `yaml:"address_source" json:"address_source"` // where the address comes from
	AddressDate   string        `yaml:"address_date"   json:"address_date"`   // date of that source: YYYY, YYYY-MM or YYYY-MM-DD
	Email         string        `yaml:"email"          json:"email"`          // as published
	EmailSource   string        `yaml:"email_source"   json:"email_source"`   // where the e-mail address comes from, when not from Source
	District      string        `yaml:"district"       json:"district"`       // the regions a post serves, in words
	Via           string        `yaml:"via"            json:"via"`            // id of the contact to turn to instead
	From          string        `yaml:"from"           json:"callable_from"`  // ISO 3166-1 code of the country it can be called from, or "any"
	Source        string        `yaml:"source"         json:"source"`         // the public document the phones come from
	SourceDate    string        `yaml:"source_date"    json:"source_date"`    // date of the source: YYYY, YYYY-MM or YYYY-MM-DD; empty when it has none
	AlsoSeen      []Mention     `yaml:"also_seen"      json:"also_seen"`      // further sources
	Confidence    string        `yaml:"confidence"     json:"confidence"`     // high, medium, low or none; speaks of the phones
	ReviewBy      string        `yaml:"review_by"      json:"review_by"`      // YYYY-MM-DD: the day by which somebody must look again
	Note          string        `yaml:"note"           json:"note"`           // for operators
}

// Mention is a further source of a contact.
type Mention struct {
	URL  string `yaml:"url"  json:"url"`
	Date string `yaml:"date" json:"date,omitempty"` // YYYY, YYYY-MM or YYYY-MM-DD; empty when it has none
}

// Country is a country that contacts stand in or serve.
type Country struct {
	ID   string        `yaml:"id"   json:"id"` // ISO 3166-1 code, or EU
	Name menus.Wording `yaml:"name" json:"name"`
}

// Region is a region of Russia and the post that serves it.
type Region struct {
	ID         string        `yaml:"id"          json:"id"`
	Name       menus.Wording `yaml:"name"        json:"name"`
	Post       string        `yaml:"post"        json:"post"`        // id of the post
	Source     string        `yaml:"source"      json:"source"`      // the public document that says so; empty for an assumption
	SourceDate string        `yaml:"source_date" json:"source_date"` // YYYY, YYYY-MM or YYYY-MM-DD
	Confidence string        `yaml:"confidence"  json:"confidence"`  // high, medium, low or none
	ReviewBy   string        `yaml:"review_by"   json:"review_by"`   // YYYY-MM-DD
	Note       string        `yaml:"note"        json:"note"`
}

// BuiltIn reads the data the program is built with; an unknown key in it is an error.
func BuiltIn() (*Contents, error) {
	var posts, hotlines []Contact
	var c Contents
	for _, part := range []struct {
		name string
		into any
	}{
		{"posts.yaml", &posts},
		{"hotlines.yaml", &hotlines},
		{"countries.yaml", &c.Countries},
		{"regions.yaml", &c.Regions},
	} {
		if err := read(part.name, part.into); err != nil {
			return nil, err
		}
	}
	c.Contacts = append(ofKind(Post, posts), ofKind(Hotline, hotlines)...)
	return &c, nil
}

func read(name string, into any) error {
	text, err := files.ReadFile(name)
	if err != nil {
		return fmt.Errorf("read built-in directory: %w", err)
	}
	if err := yaml.UnmarshalWithOptions(text, into, yaml.Strict()); err != nil {
		return fmt.Errorf("read built-in directory %s: %w", name, err)
	}
	return nil
}

func ofKind(kind string, contacts []Contact) []Contact {
	for i := range contacts {
		contacts[i].Kind = kind
	}
	return contacts
}

// Directory is the contents as menus see them, with nothing confirmed by an operator: what to show before a database was read.
func (c *Contents) Directory() *menus.Directory {
	d := &menus.Directory{Fallback: Fallback}
	for _, contact := range c.Contacts {
		d.Entries = append(d.Entries, contact.entry())
	}
	for _, country := range c.Countries {
		d.Countries = append(d.Countries, menus.Place{ID: country.ID, Name: country.Name})
	}
	for _, region := range c.Regions {
		d.Regions = append(d.Regions, menus.Region{ID: region.ID, Name: region.Name, Post: region.Post})
	}
	return d
}

func (c Contact) entry() menus.Entry {
	return menus.Entry{
		ID: c.ID, Kind: c.Kind, Country: c.Country, Name: c.Name, City: c.City,
		Phones: c.Phones, Date: c.SourceDate, Confidence: c.Confidence,
	}
}
