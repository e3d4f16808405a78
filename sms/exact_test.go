package sms

import "testing"

func TestAnUrgentWordIsTheWholeTextWithoutATypingError(t *testing.T) {
	k, tree := NewKeywords(builtInTree(t)), builtInTree(t)
	for text, want := range map[string]string{
		"SOS": "sos", "sos!!!": "sos", "SOS SOS SOS": "sos", "СОС": "sos", "COC": "sos", "Рейд": "sos", "полиция": "sos", "Кул": "trafficking",
		"не отпускают": "trafficking", "Паспортумду алды": "trafficking", "pasportim yo'q": "trafficking", "консул": "consulates",
		"полицыя": "", "sos помогите": "", "рейд в Москве": "", "Кул-Бала": "", "не отпускают меня": "", "": "", "1": "",
	} {
		node, ok := k.Exact(text)
		if node != want || ok != (want != "") {
			t.Errorf("%q is %q, %v, want %q", text, node, ok, want)
		}
	}
	for _, keyword := range []string{"sos", "рейд", "кул"} {
		if node, _ := k.Exact(keyword); !tree.Urgent(node) {
			t.Errorf("%q opens %q, which is not urgent", keyword, node)
		}
	}
}
