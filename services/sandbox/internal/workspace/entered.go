package workspace

import (
	"encoding/json"
	"net/mail"
	"net/url"
	"strings"
)

// wrong is what the client says about a text that does not fit its input.
func wrong(e object, s string) string {
	switch e["type"] {
	case "number_input":
		n, err := json.Number(s).Float64()
		switch least, hasLeast := limit(e["min_value"]); {
		case err != nil:
			return "Please enter a number."
		case e["is_decimal_allowed"] != true && strings.ContainsAny(s, ".eE"):
			return "Please enter a whole number."
		case hasLeast && n < least:
			return "Please enter a number of at least " + str(e["min_value"]) + "."
		}
		if most, has := limit(e["max_value"]); has && n > most {
			return "Please enter a number of at most " + str(e["max_value"]) + "."
		}
	case "email_text_input":
		if a, err := mail.ParseAddress(s); err != nil || a.Address != s {
			return "Please enter a valid email address."
		}
	case "url_text_input":
		if u, err := url.Parse(s); err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
			return "Please enter a valid URL."
		}
	}
	return ""
}

// limit reads min_value or max_value, which are numbers written as strings.
func limit(v any) (float64, bool) {
	n, err := json.Number(str(v)).Float64()
	return n, err == nil
}
