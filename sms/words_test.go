package sms

import (
	"strings"
	"testing"

	"sapar/menus"
	"sapar/people"
)

// stops are ways to say stop, as they arrive.
var stops = []string{
	"стоп", "СТОП", "Стоп", "стоп.", " Стоп!!! ", "«стоп»", "сТоП", "CTOП", "CТOП", "СTОП", "стоп стоп стоп", "С.Т.О.П.", "СТОП 🙏", "CTOΠ", "ст0п",
	"stop", "STOP", "Stop.", "sToP", "SТОP", "st0p", "STOP ALL", "stopall", "please stop", "unsubscribe", "UNSUBSCRIBE", "opt-out", "cancel", "END", "quit",
	"токтот", "ТОКТОТ", "Токтотуңуз", "токтотунуз", "toktot", "TOKTOT", "токтотуу", "өчүр", "очур", "ӨЧҮР", "ochur", "öçür", "жазбагыла", "jazbagyla", "zhazbagyla",
	"тохтат", "to'xtat", "toxtat", "TO‘XTAT", "toʻxtat", "to`xtating", "tohtat", "тўхтат", "тухтат", "ТЎХТАТ", "o'chir", "ўчир", "yetar", "yozmang",
	"отписаться", "ОТПИСАТЬСЯ", "отпишите меня", "отписка", "otpiska", "хватит", "Хватит!", "hvatit", "khvatit", "не пишите", "прекратите", "остановите",
	"жибербе", "jiberbegile", "жөнөтпө", "жонотпогуло", "yubormang", "юборманг", "ёзманг", "стой", "STOPP", "не присылайте", "ne pishite", "не беспокоить",
	"bas qil", "бас кил", "obunani bekor qilish", "remove me", "стоп смс", "stop it",
	"st\u200bop", "\ufeffstop", "stop\x00", "стоп\r\n",
}

func TestEverySpellingOfStopStopsEverything(t *testing.T) {
	folded := map[string]bool{}
	for _, text := range stops {
		folded[menus.FoldKeyword(text)] = true
		if order, topic, ok := Command(menus.Clean(text)); order != OrderStop || topic != "" || !ok {
			t.Errorf("%q is %q of %q", text, order, topic)
		}
	}
	if len(stops) < 60 || len(folded) < 50 {
		t.Errorf("%d spellings, %d after folding", len(stops), len(folded))
	}
}

func TestEverySpellingOfTheFileIsItsOrderInAnyCaseAndPunctuation(t *testing.T) {
	count := 0
	for order, spellings := range map[Order][]string{OrderStop: spoken.Stop, OrderStart: spoken.Start, OrderHelp: spoken.Help} {
		for _, spelling := range spellings {
			for _, text := range []string{spelling, strings.ToUpper(spelling), " " + spelling + " !", strings.ReplaceAll(spelling, "'", "ʻ")} {
				if got, topic, ok := Command(text); got != order || topic != "" || !ok {
					t.Errorf("%q is %q of %q, not %q", text, got, topic, order)
				}
			}
			count++
		}
	}
	if count < 100 {
		t.Errorf("only %d spellings", count)
	}
}

func TestATypingErrorIsNoOrder(t *testing.T) {
	for _, text := range []string{
		"стопа", "стп", "стоб", "stp", "stoop", "sotp", "токто т", "to'xta t", "отписатся", "unsubscrib", "stop 12345", "СТОП 12345", "стоп консул",
		"не стоп", "автостоп", "я не хочу останавливаться", "остановка", "конец", "нет", "no", "не надо", "керек эмес", "kerak emas", "да", "yes", "0", "00", "1", "",
		"help me", "жардамга", "stop help", "help elections", "старт консул", "выборы", "шайлоо", "елки", "стоп выборы рассылка", strings.Repeat("stop ", 1000),
	} {
		if order, topic, ok := Command(text); ok {
			t.Errorf("%q is %q of %q", text, order, topic)
		}
	}
}

func TestATopicIsStoppedAlone(t *testing.T) {
	for text, topic := range map[string]string{
		"стоп выборы":             people.Elections,
		"Стоп, выборы!":           people.Elections,
		"stop elections":          people.Elections,
		"токтот шайлоо":           people.Elections,
		"шайлоо токтот":           people.Elections,
		"шайлоону токтот":         people.Elections,
		"toktot shayloo":          people.Elections,
		"saylovni to‘xtat":        people.Elections,
		"CTOП BЫБOPЫ":             people.Elections,
		"не присылайте о выборах": people.Elections,
		"стоп напоминания":        people.Reminders,
		"STOP REMINDERS":          people.Reminders,
		"эскертүү токтот":         people.Reminders,
		"eslatmalarni":            "",
		"stop eslatma":            people.Reminders,
		"стоп рассылка":           people.Broadcasts,
		"unsubscribe news":        people.Broadcasts,
		"жаңылыктар токтот":       people.Broadcasts,
	} {
		order, got, ok := Command(text)
		if got != topic || ok != (topic != "") || ok && order != OrderStop {
			t.Errorf("%q is %q of %q, not a stop of %q", text, order, got, topic)
		}
	}
}

func TestStartRestores(t *testing.T) {
	for text, topic := range map[string]string{
		"start": "", "СТАРТ": "", "старт": "", "CTAPT": "", "начать": "", "башта": "", "boshla": "", "UNSTOP": "", "старт выборы": people.Elections, "start news": people.Broadcasts,
	} {
		if order, got, ok := Command(text); order != OrderStart || got != topic || !ok {
			t.Errorf("%q is %q of %q", text, order, got)
		}
	}
}
