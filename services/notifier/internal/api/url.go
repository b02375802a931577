package api

import (
	"fmt"
	"net/url"
	"strings"
)

// CheckURL refuses what is no base URL of an API: http or https with a host, and
// without a user. The error does not show it, since it may be secret.
func CheckURL(setting, u string) error {
	p, err := url.Parse(u)
	if err != nil || p.Host == "" || p.User != nil || p.Fragment != "" || p.Scheme != "http" && p.Scheme != "https" || strings.ContainsAny(u, " \t\r\n") {
		return fmt.Errorf("%s: want a URL such as https://example.org/path, without a user and a fragment", setting)
	}
	return nil
}
