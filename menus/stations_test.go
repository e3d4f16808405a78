package menus_test

import (
	"strings"
	"testing"

	"sapar/menus"
	"sapar/menus/dialogues"
)

// stations is what is shown once a list of stations is imported and confirmed; before that the dialogues elections-*.txt hold.
const stations = `# where to vote: the country, the city, and the address with the date of its source
lang ru
> *141*11*4#
| В какой вы стране?
| 1 Россия
| 2 Корея
| 0 Назад 00 Начало
> 2
| Сеул
| ул. Итэвон 1
| (на 20.12.2026)
| 1 Получить по SMS
| 0 Назад 00 Начало
> 0
| В какой вы стране?
| 1 Россия
| 2 Корея
| 0 Назад 00 Начало
> 1
| 1 Казань
| 2 Москва
| 3 Москва, пр. Мира 3
| 0 Назад 00 Начало
> 3
| Москва
| пр. Мира 3
| (на 20.12.2026)
| 1 Получить по SMS
| 0 Назад 00 Начало
> 000
| До свидания.
end
`

func station(id, country, city, address string) menus.Entry {
	name := menus.Wording{menus.Kyrgyz: city, menus.Russian: city, menus.Uzbek: city, menus.English: city}
	return menus.Entry{ID: id, Kind: "station", Country: country, Name: name, City: name, Address: address, Date: "2026-12-20", Confirmed: true}
}

func TestStationsAreFoundByCountryAndCity(t *testing.T) {
	contacts := builtInDirectory(t)
	contacts.Entries = append(contacts.Entries, station("v/1", "RU", "Казань", "ул. Баумана 1"), station("v/2", "RU", "Москва", "ул. Тверская 2"),
		station("v/3", "RU", "Москва", "пр. Мира 3"), station("v/4", "KR", "Сеул", "ул. Итэвон 1"))
	got, err := dialogues.Play(stations, newEnginePhone(t, builtInTree(t), contacts))
	if err != nil || got != stations {
		t.Errorf("%v, the phone shows:\n%s", err, got)
	}
}

// Whoever texts the name of a country behind the keyword is told where to ask while no station there is known.
func TestACountryWithoutStationsLeadsToWhomToAsk(t *testing.T) {
	tree, contacts := builtInTree(t), builtInDirectory(t)
	spot, ok := menus.Find(tree, "elections", "Россия", contacts)
	if !ok || spot.Node != "vote-where" {
		t.Fatalf("%+v, %v", spot, ok)
	}
	facts := menus.Facts{Directory: contacts, Channel: menus.Channel{First: menus.Limit{Septets: 1000, Units: 1000}, Later: menus.Limit{Septets: 1000, Units: 1000}}}
	_, screen := menus.OpenAt(tree, menus.Russian, "", spot, &facts)
	if !strings.Contains(screen.Text, "Списка участков на 2027 год у нас пока нет") {
		t.Errorf("%q", screen.Text)
	}
}
