package applications

import "testing"

func TestPhonesInsideATextAreMaskedAndDatesAreNot(t *testing.T) {
	for text, want := range map[string]string{
		"call +996 777 123-456 after six": "call …56 after six", "0777123456": "…56", "777123456, then 8 (912) 345-67-89": "…56, then …89",
		"тел. 0555/12-34-56, апасы": "тел. …56, апасы", "born 01.02.2015": "born 01.02.2015", "on 2026-11-21 at 12:30": "on 2026-11-21 at 12:30",
		"21.11.2026 0777 12 34 56": "21.11.2026 …56", "07.77.12.34.56": "…56", "3 children, 2015 and 2018": "3 children, 2015 and 2018",
		"٠٧٧٧١٢٣٤٥٦": "…٥٦", "": "", "flat 12, house 345": "flat 12, house 345",
	} {
		if got := maskedIn(text); got != want {
			t.Errorf("%q became %q, not %q", text, got, want)
		}
	}
}
