package block

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Object is one decoded JSON object.
type Object = map[string]any

// Surface is where blocks are shown; it decides how many and which are allowed.
type Surface int

const (
	// Message allows 50 blocks.
	Message Surface = iota
	// Modal allows 100 blocks, inputs and alerts.
	Modal
	// Home allows 100 blocks.
	Home
)

// Ready reports whether a slack_file reference (an id or a URL) names an image
// that has been processed and that the app may see.
type Ready func(id, url string) bool

// Check returns what Slack would object to in blocks, or nothing.
func Check(blocks []any, where Surface, ready Ready) []string {
	return CheckAt("/blocks", blocks, where, ready)
}

// CheckAt is Check for blocks that stand elsewhere than /blocks, such as in an
// attachment; at is the JSON pointer of the list.
func CheckAt(at string, blocks []any, where Surface, ready Ready) []string {
	c := &checker{where: where, ready: ready, blockIDs: map[string]bool{}}
	c.list(at, blocks)
	return c.faults
}

// checker collects faults over one list of blocks.
type checker struct {
	where    Surface
	ready    Ready
	blockIDs map[string]bool
	charts   int
	tables   int
	focused  int
	faults   []string
}

func (c *checker) fault(at, format string, args ...any) {
	c.faults = append(c.faults, fmt.Sprintf(format, args...)+" [json-pointer:"+at+"]")
}

func (c *checker) list(at string, blocks []any) {
	limit := 50
	if c.where != Message {
		limit = 100
	}
	if len(blocks) > limit {
		c.fault(at, "no more than %d items allowed", limit)
		return
	}
	for i, b := range blocks {
		here := fmt.Sprintf("%s/%d", at, i)
		o, ok := b.(Object)
		if !ok {
			c.fault(here, "must be an object")
			continue
		}
		c.block(here, o)
	}
}

func (c *checker) block(at string, b Object) {
	kind, ok := b["type"].(string)
	if !ok {
		c.fault(at, "missing required field: type")
		return
	}
	if id, given := c.text(at+"/block_id", b, "block_id", 0, 255, false); given && id != "" {
		if c.blockIDs[id] {
			c.fault(at+"/block_id", "`block_id` %q already exists", id)
		}
		c.blockIDs[id] = true
	}
	switch kind {
	case "section":
		c.section(at, b)
	case "divider":
		c.only(at, b)
	case "header":
		c.only(at, b, "text", "level")
		c.textObject(at, b, "text", plain, 1, 150, true)
	case "image":
		c.only(at, b, "image_url", "slack_file", "alt_text", "title", "fallback", "image_width", "image_height", "image_bytes", "is_animated")
		c.image(at, b)
		c.textObject(at, b, "title", plain, 1, 2000, false)
	case "actions":
		c.only(at, b, "elements")
		c.elements(at, b, 25, actionElements)
	case "context":
		c.only(at, b, "elements")
		c.context(at, b)
	case "context_actions":
		c.elements(at, b, 5, contextActionElements)
	case "input":
		c.input(at, b)
	case "rich_text":
		if _, ok := b["elements"].([]any); !ok {
			c.fault(at, "missing required field: elements")
		}
	case "markdown":
		c.text(at+"/text", b, "text", 1, 12000, true)
	case "table":
		c.table(at, b)
	case "data_visualization":
		c.visualization(at, b)
	case "alert":
		if c.where != Modal {
			c.fault(at+"/type", "unsupported type: alert")
			return
		}
		c.textObject(at, b, "text", either, 1, 200, true)
	case "card":
		if b["actions"] != nil {
			c.elements(at, Object{"elements": b["actions"]}, 5, actionElements)
		}
	case "container":
		children, _ := b["child_blocks"].([]any)
		c.count(at+"/child_blocks", len(children), 1, 10)
		c.list(at+"/child_blocks", children)
	case "data_table":
		c.dataTable(at, b)
	case "video", "carousel", "plan", "task_card", "file":
	default:
		c.fault(at+"/type", "unsupported type: %s", kind)
	}
}

func (c *checker) section(at string, b Object) {
	c.only(at, b, "text", "fields", "accessory", "expand")
	fields, hasFields := b["fields"].([]any)
	if b["text"] == nil && !hasFields {
		c.fault(at, "missing required field: text")
		return
	}
	c.textObject(at, b, "text", either, 1, 3000, false)
	if hasFields {
		c.count(at+"/fields", len(fields), 1, 10)
		for i, f := range fields {
			c.textValue(fmt.Sprintf("%s/fields/%d", at, i), f, either, 1, 2000)
		}
	}
	if accessory := b["accessory"]; accessory != nil {
		c.element(at+"/accessory", accessory, accessoryElements, map[string]bool{})
	}
}

func (c *checker) context(at string, b Object) {
	elements, ok := b["elements"].([]any)
	if !ok {
		c.fault(at, "missing required field: elements")
		return
	}
	c.count(at+"/elements", len(elements), 1, 10)
	for i, e := range elements {
		here := fmt.Sprintf("%s/elements/%d", at, i)
		o, _ := e.(Object)
		switch o["type"] {
		case "image":
			c.image(here, o)
		case "mrkdwn", "plain_text":
			c.textValue(here, e, either, 1, 3000)
		default:
			c.fault(here+"/type", "unsupported type: %v", o["type"])
		}
	}
}

func (c *checker) elements(at string, b Object, most int, allowed []string) {
	elements, ok := b["elements"].([]any)
	if !ok {
		c.fault(at, "missing required field: elements")
		return
	}
	c.count(at+"/elements", len(elements), 1, most)
	ids := map[string]bool{}
	for i, e := range elements {
		c.element(fmt.Sprintf("%s/elements/%d", at, i), e, allowed, ids)
	}
}

func (c *checker) image(at string, b Object) {
	url, hasURL := b["image_url"].(string)
	file, hasFile := b["slack_file"].(Object)
	switch {
	case hasURL == hasFile:
		c.fault(at, "must have exactly one of image_url and slack_file")
	case hasURL:
		c.length(at+"/image_url", url, 1, 3000)
	default:
		c.slackFile(at+"/slack_file", file)
	}
	c.text(at+"/alt_text", b, "alt_text", 1, 2000, true)
}

func (c *checker) slackFile(at string, file Object) {
	id, _ := file["id"].(string)
	url, _ := file["url"].(string)
	if (id == "") == (url == "") || (id != "" && !fileID(id)) || c.ready == nil || !c.ready(id, url) {
		c.fault(at, "invalid slack file")
	}
}

// fileID reports whether id has the form ^F[A-Z0-9]{8,}$.
func fileID(id string) bool {
	if len(id) < 9 || id[0] != 'F' {
		return false
	}
	for _, r := range id[1:] {
		if (r < 'A' || r > 'Z') && (r < '0' || r > '9') {
			return false
		}
	}
	return true
}

// only reports fields of b that Slack does not know.
func (c *checker) only(at string, b Object, fields ...string) {
	for name := range b {
		if name != "type" && name != "block_id" && !slices.Contains(fields, name) {
			c.fault(at, "invalid additional property: %s", name)
		}
	}
}

func (c *checker) count(at string, n, least, most int) {
	if n < least {
		c.fault(at, "no less than %d items allowed", least)
	}
	if n > most {
		c.fault(at, "no more than %d items allowed", most)
	}
}

func (c *checker) length(at, s string, least, most int) {
	n := utf8.RuneCountInString(s)
	if n < least {
		c.fault(at, "must be more than %d characters", least-1)
	}
	if n > most {
		c.fault(at, "must be less than %d characters", most+1)
	}
}

// text checks the string field name of b, and returns it and whether it was there.
func (c *checker) text(at string, b Object, name string, least, most int, required bool) (string, bool) {
	v, given := b[name]
	if !given || v == nil {
		if required {
			c.fault(strings.TrimSuffix(at, "/"+name), "missing required field: %s", name)
		}
		return "", false
	}
	s, ok := v.(string)
	if !ok {
		c.fault(at, "must be a string")
		return "", false
	}
	c.length(at, s, least, most)
	return s, true
}
