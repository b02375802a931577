package actiontest

import "net/http"

// via is the way out: what it does to requests can be changed.
type via struct {
	next  http.RoundTripper
	sent  int
	do    func(r *http.Request) (*http.Response, error)
	after func(*http.Response) (*http.Response, error)
}

func (v *via) RoundTrip(r *http.Request) (*http.Response, error) {
	v.sent++
	if v.do != nil {
		return v.do(r)
	}
	resp, err := v.next.RoundTrip(r)
	if err == nil && v.after != nil {
		return v.after(resp)
	}
	return resp, err
}
