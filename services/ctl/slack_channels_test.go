package main

import (
	"slices"
	"testing"
)

func TestChannelsOfAFolder(t *testing.T) {
	t.Parallel()
	c := slackDoctorCmd{Default: "#ops", Policies: "../../deploy/policies"}
	why := whoNames{}
	for range 5 {
		c.inFolder(why)
	}
	if !slices.Equal(why["#ops"][:1], []string{"the default channel"}) || len(why["#ops"]) > fewReasons || len(why["#cost"]) == 0 {
		t.Errorf("%v", why)
	}
}
