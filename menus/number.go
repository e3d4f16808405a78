package menus

// NumberDigits is the length of a reference number: nine random digits and a check digit. Only digits, since they can be typed on any
// keypad and read aloud in any language without look-alikes.
const NumberDigits = 10

// damm is the totally anti-symmetric quasigroup of order 10 from H. Michael Damm's thesis (Marburg, 2004): its check digit finds every
// single wrong digit and every swap of neighbours.
var damm = [10][10]byte{
	{0, 3, 1, 7, 5, 9, 8, 6, 4, 2},
	{7, 0, 9, 2, 1, 5, 4, 8, 6, 3},
	{4, 2, 0, 6, 8, 7, 1, 3, 5, 9},
	{1, 7, 5, 0, 9, 8, 3, 4, 2, 6},
	{6, 1, 2, 3, 0, 4, 5, 9, 7, 8},
	{3, 6, 7, 4, 2, 0, 9, 5, 8, 1},
	{5, 8, 6, 9, 7, 2, 0, 1, 3, 4},
	{8, 9, 4, 5, 3, 6, 2, 0, 1, 7},
	{9, 4, 3, 8, 6, 1, 7, 2, 0, 5},
	{2, 5, 8, 1, 4, 3, 6, 7, 9, 0},
}

// NewNumber makes a reference number from a random value, which the caller draws; only its last nine digits count.
func NewNumber(random uint64) string {
	digits := make([]byte, NumberDigits)
	for i := NumberDigits - 2; i >= 0; i-- {
		digits[i] = '0' + byte(random%10)
		random /= 10
	}
	digits[NumberDigits-1] = '0' + check(string(digits[:NumberDigits-1]))
	return string(digits)
}

// ValidNumber reports whether a reference number has its length and its check digit.
func ValidNumber(number string) bool {
	if len(number) != NumberDigits {
		return false
	}
	for _, r := range number {
		if r < '0' || r > '9' {
			return false
		}
	}
	return check(number) == 0
}

func check(digits string) byte {
	var interim byte
	for i := range len(digits) {
		interim = damm[interim][digits[i]-'0']
	}
	return interim
}
