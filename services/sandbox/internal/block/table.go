package block

import (
	"encoding/json"
	"fmt"
)

// table allows 100 rows of 20 cells, and one table in a message.
func (c *checker) table(at string, b Object) {
	if c.tables++; c.tables > 1 && c.where == Message {
		c.fault(at, "only_one_table_allowed")
	}
	rows, ok := b["rows"].([]any)
	if !ok {
		c.fault(at, "missing required field: rows")
		return
	}
	c.count(at+"/rows", len(rows), 1, 100)
	for i, r := range rows {
		here := fmt.Sprintf("%s/rows/%d", at, i)
		cells, ok := r.([]any)
		if !ok {
			c.fault(here, "must be an array")
			continue
		}
		c.count(here, len(cells), 1, 20)
		for j, v := range cells {
			if v == nil {
				continue
			}
			cell, _ := v.(Object)
			switch cell["type"] {
			case "raw_text", "raw_number", "rich_text":
			default:
				c.fault(fmt.Sprintf("%s/%d/type", here, j), "unsupported type: %v", cell["type"])
			}
		}
	}
	if settings, ok := b["column_settings"].([]any); ok {
		c.count(at+"/column_settings", len(settings), 0, 20)
	}
}

// dataTable checks the buttons in a data_table's cells.
func (c *checker) dataTable(at string, b Object) {
	rows, ok := b["rows"].([]any)
	if !ok {
		c.fault(at, "missing required field: rows")
		return
	}
	c.count(at+"/rows", len(rows), 1, 100)
	ids := map[string]bool{}
	for i, r := range rows {
		cells, _ := r.([]any)
		c.count(fmt.Sprintf("%s/rows/%d", at, i), len(cells), 1, 20)
		for j, v := range cells {
			if cell, ok := v.(Object); ok && cell["element"] != nil {
				c.element(fmt.Sprintf("%s/rows/%d/%d/element", at, i, j), cell["element"], []string{"button"}, ids)
			}
		}
	}
}

// visualization allows two charts a message, 6 series and 20 points each.
func (c *checker) visualization(at string, b Object) {
	if c.charts++; c.charts > 2 {
		c.fault(at, "no more than 2 data_visualization blocks allowed")
	}
	c.text(at+"/title", b, "title", 1, 50, true)
	chart, ok := b["chart"].(Object)
	if !ok {
		c.fault(at, "missing required field: chart")
		return
	}
	at += "/chart"
	switch chart["type"] {
	case "pie":
		segments, _ := chart["segments"].([]any)
		c.count(at+"/segments", len(segments), 1, 6)
		for i, s := range segments {
			c.point(fmt.Sprintf("%s/segments/%d", at, i), s)
		}
	case "bar", "line", "area":
		c.series(at, chart)
	default:
		c.fault(at+"/type", "unsupported type: %v", chart["type"])
	}
}

func (c *checker) series(at string, chart Object) {
	axis, _ := chart["axis_config"].(Object)
	categories, ok := axis["categories"].([]any)
	if !ok {
		c.fault(at+"/axis_config", "missing required field: categories")
	}
	series, _ := chart["series"].([]any)
	c.count(at+"/series", len(series), 1, 6)
	names := map[string]bool{}
	for i, v := range series {
		here := fmt.Sprintf("%s/series/%d", at, i)
		s, _ := v.(Object)
		name, _ := c.text(here+"/name", s, "name", 1, 20, true)
		if names[name] {
			c.fault(here+"/name", "must be unique")
		}
		names[name] = true
		data, _ := s["data"].([]any)
		c.count(here+"/data", len(data), 1, 20)
		if len(data) != len(categories) {
			c.fault(here+"/data", "must have one point for every category")
		}
		for j, p := range data {
			c.point(fmt.Sprintf("%s/data/%d", here, j), p)
		}
	}
}

func (c *checker) point(at string, v any) {
	p, _ := v.(Object)
	c.text(at+"/label", p, "label", 1, 20, true)
	if _, ok := p["value"].(json.Number); !ok {
		c.fault(at+"/value", "must be a number")
	}
}
