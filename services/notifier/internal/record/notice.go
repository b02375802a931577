package record

import "time"

// Notice is something that is said once beside incidents: that a maintenance
// window begins or ends. It is made by the first instance that finds it due,
// and told like any message of a record.
type Notice struct {
	At   time.Time `json:"at"`
	Icon string    `json:"icon,omitempty"`
	Text string    `json:"text"`
	// Until ends the text with a time; More are lines below it.
	Until time.Time `json:"until,omitzero"`
	More  []string  `json:"more,omitempty"`
	// Extend is the value of the button that extends the silence that it is
	// about; "" is no button.
	Extend string `json:"extend,omitempty"`
}

// NoticeID is the record of a notice about something: "notice-m1a2b-created".
func NoticeID(about, what string) string { return "notice-" + about + "-" + what }

// Noticed makes a record that of a notice, to be told in channels.
func Noticed(r *Record, n *Notice, channels []string) {
	r.Notice = n
	r.Rev++
	for _, c := range channels {
		r.Place(c)
	}
}

// Empty reports whether the record is of nothing yet.
func (r *Record) Empty() bool {
	return r.Incident() == nil && len(r.Runs) == 0 && r.Digest == nil && r.Notice == nil
}
