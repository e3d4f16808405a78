package hours

import (
	_ "embed"
	"fmt"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
)

//go:embed zones.yaml
var zonesYAML []byte

//go:embed holidays.yaml
var holidaysYAML []byte

// Home is the zone of whoever did not say where they are.
var Home = mustZone("Asia/Bishkek")

var (
	byCountry, byCity = mustZones()
	rests             = mustHolidays()
)

// Zone is the zone of a country of stay (ISO 3166-1, in either case) or, where the country has several, of a city or region in it, as people
// write it. A country that is not known has Home's.
func Zone(country, city string) *time.Location {
	country = strings.ToUpper(country)
	if zone := byCity[country][fold(city)]; zone != nil {
		return zone
	}
	if zone := byCountry[country]; zone != nil {
		return zone
	}
	return Home
}

// Of is the zone with a name, as a person's profile keeps it, else that of their country and city.
func Of(name, country, city string) *time.Location {
	if name != "" && name != "Local" {
		if zone, err := time.LoadLocation(name); err == nil {
			return zone
		}
	}
	return Zone(country, city)
}

// Holiday says whether work rests on a day in a country, and why. Only holidays that have the same date every year are known.
func Holiday(t time.Time, zone *time.Location, country string) (name string, rest bool) {
	name, rest = rests[strings.ToUpper(country)][t.In(zone).Format("01-02")]
	return name, rest
}

// fold makes one of the ways a city is written: small letters, no spaces, hyphens or "ё", and no "г." before it.
func fold(city string) string {
	city = strings.ToLower(strings.TrimSpace(city))
	city = strings.TrimPrefix(strings.TrimPrefix(city, "г. "), "г.")
	return strings.NewReplacer(" ", "", "-", "", "–", "", "ё", "е", "'", "", "ь", "").Replace(city)
}

func mustZones() (countries map[string]*time.Location, cities map[string]map[string]*time.Location) {
	var file struct {
		Countries map[string]string              `yaml:"countries"`
		Cities    map[string]map[string][]string `yaml:"cities"`
	}
	must("zones.yaml", yaml.UnmarshalWithOptions(zonesYAML, &file, yaml.Strict()))
	countries = make(map[string]*time.Location, len(file.Countries))
	for country, zone := range file.Countries {
		countries[country] = mustZone(zone)
	}
	cities = make(map[string]map[string]*time.Location, len(file.Cities))
	for country, zones := range file.Cities {
		cities[country] = mustCities(zones)
	}
	return countries, cities
}

func mustCities(zones map[string][]string) map[string]*time.Location {
	out := map[string]*time.Location{}
	for zone, names := range zones {
		location := mustZone(zone)
		for _, name := range names {
			out[fold(name)] = location
		}
	}
	return out
}

// rest is the file's entry of a country.
type rest struct {
	Country    string            `yaml:"country"`
	Source     string            `yaml:"source"`
	Confidence string            `yaml:"confidence"`
	Note       string            `yaml:"note"`
	Days       map[string]string `yaml:"days"` // by month and day, as 03-21
}

func mustHolidays() map[string]map[string]string {
	var file []rest
	must("holidays.yaml", yaml.UnmarshalWithOptions(holidaysYAML, &file, yaml.Strict()))
	out := make(map[string]map[string]string, len(file))
	for _, country := range file {
		for day := range country.Days {
			_, err := time.Parse("2006-01-02", "2024-"+day)
			must("holidays.yaml", err)
		}
		out[country.Country] = country.Days
	}
	return out
}

func mustZone(name string) *time.Location {
	zone, err := time.LoadLocation(name)
	must("zones.yaml", err)
	return zone
}

// must stops the program: the files are part of it, so an error in them is one of the program's.
func must(file string, err error) {
	if err != nil {
		panic(fmt.Sprintf("hours: %s: %v", file, err))
	}
}
