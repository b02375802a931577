package block_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/parley-ops/parley/services/sandbox/internal/block"
)

// decode reads JSON in which `…N` stands for N letters.
func decode[T any](t testing.TB, text string) T {
	t.Helper()
	for {
		before, rest, found := strings.Cut(text, "…")
		if !found {
			break
		}
		n, end := 0, 0
		for end < len(rest) && rest[end] >= '0' && rest[end] <= '9' {
			n, end = n*10+int(rest[end]-'0'), end+1
		}
		text = before + strings.Repeat("x", n) + rest[end:]
	}
	var v T
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

func ready(id, url string) bool { return id == "F0READY123" || strings.Contains(url, "F0READY123") }

const (
	plain = `{"type":"plain_text","text":"x"}`
	md    = `{"type":"mrkdwn","text":"x"}`
)

func many(n int, one string) string { return strings.Repeat(one+",", n-1) + one }

func TestCheck(t *testing.T) {
	t.Parallel()
	option := `{"text":` + plain + `,"value":"v"}`
	confirm := func(title, text, yes, no int) string {
		return fmt.Sprintf(`{"title":{"type":"plain_text","text":"…%d"},"text":{"type":"mrkdwn","text":"…%d"},"confirm":{"type":"plain_text","text":"…%d"},"deny":{"type":"plain_text","text":"…%d"}}`, title, text, yes, no)
	}
	button := func(more string) string {
		return `{"type":"actions","elements":[{"type":"button","text":` + plain + more + `}]}`
	}
	buttons := func(n int) string {
		var list []string
		for i := range n {
			list = append(list, fmt.Sprintf(`{"type":"button","text":%s,"action_id":"a%d"}`, plain, i))
		}
		return `{"type":"actions","elements":[` + strings.Join(list, ",") + `]}`
	}
	for name, c := range map[string]struct{ blocks, want string }{
		"section":                  {`{"type":"section","text":{"type":"mrkdwn","text":"…3000"}}`, ""},
		"section too long":         {`{"type":"section","text":{"type":"mrkdwn","text":"…3001"}}`, "must be less than 3001 characters [json-pointer:/blocks/0/text/text]"},
		"section empty text":       {`{"type":"section","text":{"type":"mrkdwn","text":""}}`, "must be more than 0 characters [json-pointer:/blocks/0/text/text]"},
		"section without text":     {`{"type":"section"}`, "missing required field: text [json-pointer:/blocks/0]"},
		"section of unknown text":  {`{"type":"section","text":{"type":"html","text":"x"}}`, "unsupported type: html [json-pointer:/blocks/0/text/type]"},
		"section with more":        {`{"type":"section","text":` + md + `,"color":"red"}`, "invalid additional property: color [json-pointer:/blocks/0]"},
		"ten fields":               {`{"type":"section","fields":[` + many(10, `{"type":"mrkdwn","text":"…2000"}`) + `]}`, ""},
		"eleven fields":            {`{"type":"section","fields":[` + many(11, md) + `]}`, "no more than 10 items allowed [json-pointer:/blocks/0/fields]"},
		"long field":               {`{"type":"section","fields":[{"type":"mrkdwn","text":"…2001"}]}`, "must be less than 2001 characters [json-pointer:/blocks/0/fields/0/text]"},
		"accessory":                {`{"type":"section","text":` + md + `,"accessory":{"type":"plain_text_input"}}`, "unsupported type: plain_text_input [json-pointer:/blocks/0/accessory/type]"},
		"header":                   {`{"type":"header","text":{"type":"plain_text","text":"…150"}}`, ""},
		"header too long":          {`{"type":"header","text":{"type":"plain_text","text":"…151"}}`, "must be less than 151 characters [json-pointer:/blocks/0/text/text]"},
		"header of mrkdwn":         {`{"type":"header","text":` + md + `}`, "must be one of the allowed values: plain_text [json-pointer:/blocks/0/text/type]"},
		"button text":              {button(`,"action_id":"a","value":"…2000"`), ""},
		"button value":             {button(`,"value":"…2001"`), "must be less than 2001 characters [json-pointer:/blocks/0/elements/0/value]"},
		"button label":             {`{"type":"actions","elements":[{"type":"button","text":{"type":"plain_text","text":"…76"}}]}`, "must be less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]"},
		"button style":             {button(`,"style":"warning"`), "must be one of the allowed values: primary, danger [json-pointer:/blocks/0/elements/0/style]"},
		"action_id":                {button(`,"action_id":"…256"`), "must be less than 256 characters [json-pointer:/blocks/0/elements/0/action_id]"},
		"action_id twice":          {`{"type":"actions","elements":[` + many(2, `{"type":"button","text":`+plain+`,"action_id":"a"}`) + `]}`, "`action_id` \"a\" already exists [json-pointer:/blocks/0/elements/1/action_id]"},
		"25 buttons":               {buttons(25), ""},
		"26 buttons":               {buttons(26), "no more than 25 items allowed [json-pointer:/blocks/0/elements]"},
		"no button":                {`{"type":"actions","elements":[]}`, "no less than 1 items allowed [json-pointer:/blocks/0/elements]"},
		"confirm":                  {button(`,"confirm":` + confirm(100, 300, 30, 30)), ""},
		"confirm title":            {button(`,"confirm":` + confirm(101, 1, 1, 1)), "must be less than 101 characters [json-pointer:/blocks/0/elements/0/confirm/title/text]"},
		"confirm text":             {button(`,"confirm":` + confirm(1, 301, 1, 1)), "must be less than 301 characters [json-pointer:/blocks/0/elements/0/confirm/text/text]"},
		"confirm yes":              {button(`,"confirm":` + confirm(1, 1, 31, 1)), "must be less than 31 characters [json-pointer:/blocks/0/elements/0/confirm/confirm/text]"},
		"confirm half":             {button(`,"confirm":{"title":` + plain + `,"text":` + md + `,"confirm":` + plain + `}`), "missing required field: deny [json-pointer:/blocks/0/elements/0/confirm]"},
		"overflow":                 {`{"type":"actions","elements":[{"type":"overflow","options":[` + many(5, option) + `]}]}`, ""},
		"overflow of six":          {`{"type":"actions","elements":[{"type":"overflow","options":[` + many(6, option) + `]}]}`, "no more than 5 items allowed [json-pointer:/blocks/0/elements/0/options]"},
		"select":                   {`{"type":"actions","elements":[{"type":"static_select","options":[` + many(100, option) + `]}]}`, ""},
		"select of 101":            {`{"type":"actions","elements":[{"type":"static_select","options":[` + many(101, option) + `]}]}`, "no more than 100 items allowed [json-pointer:/blocks/0/elements/0/options]"},
		"option value":             {`{"type":"actions","elements":[{"type":"static_select","options":[{"text":` + plain + `,"value":"…151"}]}]}`, "must be less than 151 characters [json-pointer:/blocks/0/elements/0/options/0/value]"},
		"option text":              {`{"type":"actions","elements":[{"type":"static_select","options":[{"text":{"type":"plain_text","text":"…76"},"value":"v"}]}]}`, "must be less than 76 characters [json-pointer:/blocks/0/elements/0/options/0/text/text]"},
		"eleven checkboxes":        {`{"type":"actions","elements":[{"type":"checkboxes","options":[` + many(11, option) + `]}]}`, "no more than 10 items allowed [json-pointer:/blocks/0/elements/0/options]"},
		"ten in context":           {`{"type":"context","elements":[` + many(10, md) + `]}`, ""},
		"eleven in context":        {`{"type":"context","elements":[` + many(11, md) + `]}`, "no more than 10 items allowed [json-pointer:/blocks/0/elements]"},
		"button in context":        {`{"type":"context","elements":[{"type":"button","text":` + plain + `}]}`, "unsupported type: button [json-pointer:/blocks/0/elements/0/type]"},
		"image":                    {`{"type":"image","slack_file":{"id":"F0READY123"},"alt_text":"…2000"}`, ""},
		"image alt":                {`{"type":"image","slack_file":{"id":"F0READY123"},"alt_text":"…2001"}`, "must be less than 2001 characters [json-pointer:/blocks/0/alt_text]"},
		"image without alt":        {`{"type":"image","slack_file":{"id":"F0READY123"}}`, "missing required field: alt_text [json-pointer:/blocks/0]"},
		"image by url":             {`{"type":"image","slack_file":{"url":"http://x/files-pri/T-F0READY123/a.png"},"alt_text":"x"}`, ""},
		"image not ready":          {`{"type":"image","slack_file":{"id":"F0WAITS123"},"alt_text":"x"}`, "invalid slack file [json-pointer:/blocks/0/slack_file]"},
		"image id malformed":       {`{"type":"image","slack_file":{"id":"F1"},"alt_text":"x"}`, "invalid slack file [json-pointer:/blocks/0/slack_file]"},
		"image id and url":         {`{"type":"image","slack_file":{"id":"F0READY123","url":"http://x"},"alt_text":"x"}`, "invalid slack file [json-pointer:/blocks/0/slack_file]"},
		"image of both":            {`{"type":"image","image_url":"http://x","slack_file":{"id":"F0READY123"},"alt_text":"x"}`, "must have exactly one of image_url and slack_file [json-pointer:/blocks/0]"},
		"block_id":                 {`{"type":"divider","block_id":"…256"}`, "must be less than 256 characters [json-pointer:/blocks/0/block_id]"},
		"block_id twice":           {many(2, `{"type":"divider","block_id":"b"}`), "`block_id` \"b\" already exists [json-pointer:/blocks/1/block_id]"},
		"fifty":                    {many(50, `{"type":"divider"}`), ""},
		"fifty-one":                {many(51, `{"type":"divider"}`), "no more than 50 items allowed [json-pointer:/blocks]"},
		"unknown":                  {`{"type":"marquee"}`, "unsupported type: marquee [json-pointer:/blocks/0/type]"},
		"typeless":                 {`{}`, "missing required field: type [json-pointer:/blocks/0]"},
		"no object":                {`7`, "must be an object [json-pointer:/blocks/0]"},
		"alert in a message":       {`{"type":"alert","text":` + md + `}`, "unsupported type: alert [json-pointer:/blocks/0/type]"},
		"input":                    {`{"type":"input","label":` + plain + `,"element":{"type":"plain_text_input","max_length":3000}}`, ""},
		"input max_length":         {`{"type":"input","label":` + plain + `,"element":{"type":"plain_text_input","max_length":3001}}`, "must be between 1 and 3000 [json-pointer:/blocks/0/element/max_length]"},
		"input of a button":        {`{"type":"input","label":` + plain + `,"element":{"type":"button","text":` + plain + `}}`, "unsupported type: button [json-pointer:/blocks/0/element/type]"},
		"table":                    {`{"type":"table","rows":[[{"type":"raw_text","text":"x"},null]]}`, ""},
		"table of 101 rows":        {`{"type":"table","rows":[` + many(101, `[{"type":"raw_text","text":"x"}]`) + `]}`, "no more than 100 items allowed [json-pointer:/blocks/0/rows]"},
		"two tables":               {many(2, `{"type":"table","rows":[[{"type":"raw_text","text":"x"}]]}`), "only_one_table_allowed [json-pointer:/blocks/1]"},
		"a number":                 {`{"type":"input","label":` + plain + `,"element":{"type":"number_input","is_decimal_allowed":false,"min_value":"1","max_value":"2"}}`, ""},
		"decimals or not":          {`{"type":"input","label":` + plain + `,"element":{"type":"number_input"}}`, "missing required field: is_decimal_allowed [json-pointer:/blocks/0/element]"},
		"limits the wrong way":     {`{"type":"input","label":` + plain + `,"element":{"type":"number_input","is_decimal_allowed":false,"min_value":"3","max_value":"2"}}`, "must not be more than max_value [json-pointer:/blocks/0/element/min_value]"},
		"limit of words":           {`{"type":"input","label":` + plain + `,"element":{"type":"number_input","is_decimal_allowed":false,"min_value":"x"}}`, "must be a number [json-pointer:/blocks/0/element/min_value]"},
		"initial option":           {`{"type":"actions","elements":[{"type":"static_select","options":[` + option + `],"initial_option":` + option + `}]}`, ""},
		"another initial option":   {`{"type":"actions","elements":[{"type":"static_select","options":[` + option + `],"initial_option":{"text":` + plain + `,"value":"w"}}]}`, "must exactly match one of the provided options [json-pointer:/blocks/0/elements/0/initial_option]"},
		"initial option in groups": {`{"type":"actions","elements":[{"type":"static_select","option_groups":[{"label":` + plain + `,"options":[` + option + `]}],"initial_option":` + option + `}]}`, ""},
		"no initial options":       {`{"type":"actions","elements":[{"type":"checkboxes","options":[` + option + `],"initial_options":[]}]}`, "no less than 1 items allowed [json-pointer:/blocks/0/elements/0/initial_options]"},
		"two with focus":           {many(2, `{"type":"input","label":`+plain+`,"element":{"type":"plain_text_input","focus_on_load":true}}`), "only one element can have focus_on_load set to true [json-pointer:/blocks/1/element/focus_on_load]"},
		"moment":                   {`{"type":"actions","elements":[{"type":"datetimepicker","initial_date_time":1795340000}]}`, ""},
		"moment in milliseconds":   {`{"type":"actions","elements":[{"type":"datetimepicker","initial_date_time":1795340000000}]}`, "must be between 1000000000 and 9999999999 [json-pointer:/blocks/0/elements/0/initial_date_time]"},
		"nobody may be chosen":     {`{"type":"actions","elements":[{"type":"multi_users_select","max_selected_items":0}]}`, "must be between 1 and 2147483648 [json-pointer:/blocks/0/elements/0/max_selected_items]"},
		"chart":                    {`{"type":"data_visualization","title":"t","chart":{"type":"line","axis_config":{"categories":["a"]},"series":[{"name":"s","data":[{"label":"a","value":1}]}]}}`, ""},
		"chart that lacks a point": {`{"type":"data_visualization","title":"t","chart":{"type":"line","axis_config":{"categories":["a","b"]},"series":[{"name":"s","data":[{"label":"a","value":1}]}]}}`, "must have one point for every category [json-pointer:/blocks/0/chart/series/0/data]"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := block.Check(decode[[]any](t, "["+c.blocks+"]"), block.Message, ready)
			if strings.Join(got, "\n") != c.want {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}

func TestCheckView(t *testing.T) {
	t.Parallel()
	modal := func(more, blocks string) string {
		return `{"type":"modal","title":{"type":"plain_text","text":"…24"}` + more + `,"blocks":[` + blocks + `]}`
	}
	input := `{"type":"input","label":` + plain + `,"element":{"type":"plain_text_input"}}`
	for name, c := range map[string]struct{ view, want string }{
		"modal":          {modal("", many(100, `{"type":"divider"}`)), ""},
		"101 blocks":     {modal("", many(101, `{"type":"divider"}`)), "no more than 100 items allowed [json-pointer:/view/blocks]"},
		"without submit": {modal("", input), "must be defined when an input block is in the blocks array [json-pointer:/view/submit]"},
		"with submit":    {modal(`,"submit":`+plain, input), ""},
		"metadata":       {modal(`,"private_metadata":"…3001"`, ""), "must be less than 3001 characters [json-pointer:/view/private_metadata]"},
		"long title":     {`{"type":"modal","title":{"type":"plain_text","text":"…25"},"blocks":[]}`, "must be less than 25 characters [json-pointer:/view/title/text]"},
		"home":           {`{"type":"home","blocks":[]}`, ""},
		"other":          {`{"type":"popup","blocks":[]}`, "must be one of the allowed values: modal, home [json-pointer:/view/type]"},
		"alert":          {modal("", `{"type":"alert","text":`+md+`}`), ""},
	} {
		if got := block.CheckView(decode[block.Object](t, c.view), ready); strings.Join(got, "\n") != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

func TestCheckOptions(t *testing.T) {
	t.Parallel()
	option := `{"text":` + plain + `,"value":"v"}`
	for answer, want := range map[string]string{
		`{"options":[` + option + `]}`: "",
		`{"options":[]}`:               "",
		`{"option_groups":[{"label":` + plain + `,"options":[` + option + `]}]}`: "",
		`{}`:                                "missing required field: options [json-pointer:]",
		`{"options":[{"text":` + md + `}]}`: "must be one of the allowed values: plain_text [json-pointer:/options/0/text/type]\nmissing required field: value [json-pointer:/options/0]",
	} {
		if got := block.CheckOptions(decode[block.Object](t, answer)); strings.Join(got, "\n") != want {
			t.Errorf("%s: got %q, want %q", answer, got, want)
		}
	}
	if got := block.CheckOptions(decode[block.Object](t, `{"options":[`+many(101, option)+`]}`)); len(got) != 1 {
		t.Errorf("101 options: %q", got)
	}
}

func TestCheckAttachments(t *testing.T) {
	t.Parallel()
	for attachment, want := range map[string]string{
		`{"color":"danger","text":"x","fields":[]}`:                               "",
		`{"color":"#f00","fallback":"x","text":"","blocks":[{"type":"divider"}]}`: "",
		`{"color":"#f00","text":"x","blocks":[{"type":"divider"}]}`:               "invalid additional property: text [json-pointer:/attachments/0]",
		`{"blocks":[{"type":"section"}]}`:                                         "missing required field: text [json-pointer:/attachments/0/blocks/0]",
	} {
		if got := block.CheckAttachments(decode[[]any](t, "["+attachment+"]"), ready); strings.Join(got, "\n") != want {
			t.Errorf("%s: got %q, want %q", attachment, got, want)
		}
	}
}

func TestCompleteAndFind(t *testing.T) {
	t.Parallel()
	blocks := decode[[]any](t, `[{"type":"actions","elements":[{"type":"button","text":`+plain+`},{"type":"button","text":`+plain+`,"action_id":"b"}]},
		{"type":"section","block_id":"s","text":`+md+`,"accessory":{"type":"overflow","action_id":"b","options":[]}},
		{"type":"image","slack_file":{"id":"F0READY123"},"alt_text":"x"}]`)
	block.Complete(blocks)
	in, element, ok := block.Find(blocks, "", "b")
	if !ok || in["block_id"] == "" || element["type"] != "button" {
		t.Errorf("b = %v in %v", element, in)
	}
	if _, element, _ = block.Find(blocks, "s", "b"); element["type"] != "overflow" {
		t.Errorf("b in s = %v", element)
	}
	if got := block.Files(blocks); !slices.Equal(got, []string{"F0READY123"}) {
		t.Errorf("files = %v", got)
	}
	if faults := block.Check(blocks, block.Message, ready); len(faults) > 1 { // the empty overflow
		t.Errorf("completed blocks are refused: %v", faults)
	}
}

func FuzzCheck(f *testing.F) {
	f.Add(`[{"type":"section","text":{"type":"mrkdwn","text":"x"}}]`)
	f.Add(`[{"type":"actions","elements":[{"type":"static_select","option_groups":[{"label":1,"options":[null]}]}]}]`)
	f.Add(`[{"type":"actions","elements":[{"type":["a"]}]}]`)
	f.Add(`[{"type":"table","rows":[[1]]},{"type":"data_visualization","title":"x","chart":{"type":"pie","segments":[{}]}}]`)
	f.Add(`[{"type":"container","child_blocks":[{"type":"section","accessory":[]}]},{"type":"data_table","rows":[[{"element":{"type":"button"}}]]}]`)
	f.Add(`[{"type":"input","element":{"type":"number_input","min_value":"1e999"}},{"type":"actions","elements":[{"type":"static_select","initial_option":{"value":[]},"options":[{"value":[]}]}]}]`)
	f.Fuzz(func(t *testing.T, text string) {
		var blocks []any
		if json.Unmarshal([]byte(text), &blocks) != nil {
			return
		}
		for _, where := range []block.Surface{block.Message, block.Modal, block.Home} {
			block.Check(blocks, where, ready)
		}
		block.CheckView(block.Object{"type": "modal", "blocks": blocks}, ready)
		block.CheckAttachments(blocks, ready)
		block.Files(blocks)
		block.Complete(blocks)
		block.Find(blocks, "", "x")
	})
}
