// Package offices knows who handles an application: districts, oblasts, village halls, consular posts and the central office.
package offices

import (
	"slices"
	"strings"

	"sapar/menus"
)

// Kind is what an office is.
type Kind string

// The kinds of offices.
const (
	Raion     Kind = "raion"     // of a raion or a city
	Oblast    Kind = "oblast"    // of an oblast, Bishkek or the city of Osh
	Aiyl      Kind = "aiyl"      // an ayil okmotu: the hall of a few villages
	Consulate Kind = "consulate" // a post abroad
	National  Kind = "national"  // the central one
)

// Central is the id of the office that takes whatever belongs to no other.
const Central = "national"

// Office is somebody who handles applications.
type Office struct {
	ID        string        `json:"id"`
	Kind      Kind          `json:"kind"`
	Name      menus.Wording `json:"name"`
	Oblast    string        `json:"oblast"`    // id of the oblast it serves; empty for those abroad
	Raion     string        `json:"raion"`     // id of the raion or city, likewise
	Aiyl      string        `json:"aiyl"`      // name of the village or ayil okmotu, likewise
	Regions   []string      `json:"regions"`   // regions of Russia that a consular post serves: ids of the directory
	Countries []string      `json:"countries"` // ISO 3166-1 codes of the countries a consular post serves; a code may be written in small letters
	Parent    string        `json:"parent"`    // id of the office above it
}

// central is written by the migration too: an application can be filed before the offices were loaded.
var central = Office{
	ID: Central, Kind: National,
	Name: menus.Wording{menus.Kyrgyz: "Борбордук бөлүм", menus.Russian: "Центральный отдел", menus.Uzbek: "Markaziy bo'lim", menus.English: "Central office"},
}

// departments name the social department of a raion or an oblast, after the place and a colon.
var departments = menus.Wording{
	menus.Kyrgyz: "социалдык бөлүм", menus.Russian: "соцотдел", menus.Uzbek: "ijtimoiy bo'lim", menus.English: "social department",
}

// BuiltIn lists the offices the program knows: the central one, one for each oblast and raion, and the consular posts, which are given. Of the
// posts of a country the first takes what names the country only.
func BuiltIn(consulates []Office) []Office {
	out := []Office{central}
	for _, oblast := range menus.Oblasts() {
		out = append(out, Office{ID: oblast.ID, Kind: Oblast, Name: department(oblast.Name), Oblast: oblast.ID, Parent: Central})
		for _, raion := range menus.Raions(oblast.ID) {
			out = append(out, Office{ID: raion.ID, Kind: Raion, Name: department(raion.Name), Oblast: oblast.ID, Raion: raion.ID, Parent: oblast.ID})
		}
	}
	for _, post := range consulates {
		post.Kind, post.Parent = Consulate, Central
		out = append(out, post)
	}
	return out
}

func department(place menus.Wording) menus.Wording {
	out := menus.Wording{}
	for _, lang := range menus.Languages {
		out[lang] = place[lang] + ": " + departments[lang]
	}
	return out
}

// Offices are the offices that take cases now, in the order they were loaded.
type Offices []Office

// Find is the office of an id.
func (o Offices) Find(id string) (Office, bool) {
	i := slices.IndexFunc(o, func(office Office) bool { return office.ID == id })
	if i < 0 {
		return Office{}, false
	}
	return o[i], true
}

// Route is how a kind of application finds its office: by a place in Kyrgyzstan, by a region or country abroad, or always the central one.
// The fields hold the names of answers.
type Route struct {
	By      By     `yaml:"by"`
	Oblast  string `yaml:"oblast,omitempty"`
	Raion   string `yaml:"raion,omitempty"`
	Village string `yaml:"village,omitempty"`
	Region  string `yaml:"region,omitempty"`
	Country string `yaml:"country,omitempty"`
}

// By is one of the three ways.
type By string

// The ways an application finds its office.
const (
	ByPlace    By = "place"
	ByRegion   By = "region"
	ByNational By = "national"
)

// Answers are the names of answers that a route looks at.
func (r Route) Answers() []string {
	return slices.DeleteFunc([]string{r.Oblast, r.Raion, r.Village, r.Region, r.Country}, func(name string) bool { return name == "" })
}

// For finds the office of an application by its answers. One of a barred kind is passed over; where none is found it is the central one.
func (o Offices) For(r Route, answer func(name string) string, barred []Kind) string {
	for _, serves := range r.steps(answer) {
		for _, office := range o {
			if serves(office) && !slices.Contains(barred, office.Kind) {
				return office.ID
			}
		}
	}
	return Central
}

// steps are the tries of a route, the nearest office first.
func (r Route) steps(answer func(name string) string) []func(Office) bool {
	oblast, raion, village, region, country := answer(r.Oblast), answer(r.Raion), answer(r.Village), answer(r.Region), answer(r.Country)
	switch r.By {
	case ByPlace:
		return []func(Office) bool{
			func(o Office) bool {
				return o.Kind == Aiyl && raion != "" && o.Raion == raion && sameName(o.Aiyl, village)
			},
			func(o Office) bool { return o.Kind == Raion && raion != "" && o.Raion == raion },
			func(o Office) bool { return o.Kind == Oblast && oblast != "" && o.Oblast == oblast },
		}
	case ByRegion:
		return []func(Office) bool{
			func(o Office) bool { return o.Kind == Consulate && region != "" && slices.Contains(o.Regions, region) },
			func(o Office) bool { return o.Kind == Consulate && country != "" && o.serves(country) },
		}
	}
	return nil
}

func (o Office) serves(country string) bool {
	return slices.ContainsFunc(o.Countries, func(code string) bool { return strings.EqualFold(code, country) })
}

// sameName compares names of villages as people type them.
func sameName(a, b string) bool {
	a, b = menus.FoldKeyword(a), menus.FoldKeyword(b)
	return a != "" && a == b
}
