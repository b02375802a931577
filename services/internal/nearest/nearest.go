package nearest

import "strings"

// To returns the choice that is nearest to what was written, or "" when none
// is near: at most a third of the letters and one more are wrong, or one word
// begins with the other. Capitals do not count.
func To(written string, choices []string) string {
	word := strings.ToLower(written)
	best, distance := "", 2+len([]rune(word))/3
	for _, c := range choices {
		if d := edits(word, strings.ToLower(c)); d < distance {
			best, distance = c, d
		}
	}
	if best != "" {
		return best
	}
	for _, c := range choices {
		low := strings.ToLower(c)
		if len(word) >= 2 && strings.HasPrefix(low, word) || len(low) >= 3 && strings.HasPrefix(word, low) {
			return c
		}
	}
	return ""
}

// edits returns how many letters must be put in, left out, changed or swapped
// with their neighbour to make b of a; 64 where one is longer than that.
// Source: Damerau 1964, restricted form.
func edits(a, b string) int {
	x, y := []rune(a), []rune(b)
	if len(x) > 64 || len(y) > 64 {
		return 64
	}
	var before, prev, cur [65]int
	for j := range y {
		prev[j+1] = j + 1
	}
	for i := range x {
		cur[0] = i + 1
		for j := range y {
			cost := 1
			if x[i] == y[j] {
				cost = 0
			}
			cur[j+1] = min(prev[j]+cost, prev[j+1]+1, cur[j]+1)
			if i > 0 && j > 0 && x[i] == y[j-1] && x[i-1] == y[j] {
				cur[j+1] = min(cur[j+1], before[j-1]+1)
			}
		}
		before, prev = prev, cur
	}
	return prev[len(y)]
}
