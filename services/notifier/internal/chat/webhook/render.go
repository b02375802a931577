package webhook

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/template"
	"text/template/parse"

	"github.com/parley-ops/parley/services/notifier/internal/plain"
)

// maxBody bounds a document, in bytes.
const maxBody = 1 << 20

// escaper is what every value of a template goes through at the end. The name
// cannot be written in a template.
const escaper = "_escape"

// compile returns the template with every value escaped for the format.
func compile(text string, f Format) (*template.Template, error) {
	escape := func(v any) string { return fmt.Sprint(v) }
	switch f {
	case JSON:
		escape = func(v any) string {
			if l, ok := v.(literal); ok {
				return string(l)
			}
			data, _ := json.Marshal(fmt.Sprint(v)) // a string always marshals
			return string(data[1 : len(data)-1])
		}
	case XML:
		escape = func(v any) string {
			var b strings.Builder
			_ = xml.EscapeText(&b, []byte(fmt.Sprint(v)))
			return b.String()
		}
	}
	t, err := template.New("template").Funcs(template.FuncMap{escaper: escape, "json": asJSON, "lower": strings.ToLower, "upper": strings.ToUpper, "cut": func(n int, s string) string { return plain.Cut(s, n) }}).Parse(text)
	if err != nil {
		return nil, err
	}
	for _, t := range t.Templates() {
		if t.Tree != nil {
			escapeAll(t.Tree, t.Root)
		}
	}
	return t, nil
}

// literal is JSON that stands for itself.
type literal string

func asJSON(v any) (literal, error) {
	data, err := json.Marshal(v)
	return literal(data), err
}

// escapeAll puts the escaper at the end of every pipeline that prints.
func escapeAll(tree *parse.Tree, n parse.Node) {
	switch n := n.(type) {
	case *parse.ListNode:
		if n != nil {
			for _, c := range n.Nodes {
				escapeAll(tree, c)
			}
		}
	case *parse.ActionNode:
		if len(n.Pipe.Decl) == 0 {
			n.Pipe.Cmds = append(n.Pipe.Cmds, &parse.CommandNode{NodeType: parse.NodeCommand, Pos: n.Pos,
				Args: []parse.Node{parse.NewIdentifier(escaper).SetTree(tree).SetPos(n.Pos)}})
		}
	case *parse.IfNode:
		escapeAll(tree, n.List)
		escapeAll(tree, n.ElseList)
	case *parse.RangeNode:
		escapeAll(tree, n.List)
		escapeAll(tree, n.ElseList)
	case *parse.WithNode:
		escapeAll(tree, n.List)
		escapeAll(tree, n.ElseList)
	}
}

// render returns the document in the format.
func render(d Document, t *template.Template, f Format) ([]byte, error) {
	if t != nil {
		b := &bounded{}
		if err := t.Execute(b, d); err != nil {
			return nil, err
		}
		return b.Bytes(), wellFormed(b.Bytes(), f)
	}
	switch f {
	case XML:
		data, err := xml.Marshal(d)
		return append([]byte(xml.Header), data...), err
	case Text:
		return []byte(d.Text + "\n"), nil
	}
	return json.Marshal(d)
}

// bounded is a buffer that takes maxBody bytes.
type bounded struct{ bytes.Buffer }

func (b *bounded) Write(p []byte) (int, error) {
	if b.Len()+len(p) > maxBody {
		return 0, fmt.Errorf("longer than %d bytes", maxBody)
	}
	return b.Buffer.Write(p)
}

// wellFormed returns an error if the data is not one document of the format.
func wellFormed(data []byte, f Format) error {
	switch f {
	case JSON:
		var v any
		if err := json.Unmarshal(data, &v); err != nil {
			return fmt.Errorf("not JSON: %w", err)
		}
	case XML:
		d := xml.NewDecoder(bytes.NewReader(data))
		depth, roots := 0, 0
		for {
			token, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return fmt.Errorf("not XML: %w", err)
			}
			switch token.(type) {
			case xml.StartElement:
				if depth++; depth == 1 {
					roots++
				}
			case xml.EndElement:
				depth--
			}
		}
		if roots != 1 {
			return fmt.Errorf("not XML: %d elements outside of any other, want one", roots)
		}
	}
	return nil
}

// worst are documents that a template is tried with.
func worst() []Document {
	nasty := "\" ' < > & \\ ]]> {{.}} ${x} \u2028 é 😀 \x01 </a>"
	full := Document{Event: "opened", ID: nasty, Channel: nasty, Incident: nasty, State: "open", Severity: "critical", Finding: nasty, Policy: nasty, Team: nasty,
		Labels: []Label{{nasty, nasty}, {"service", nasty}}, Began: "2026-11-22T10:00:00Z", Ended: "2026-11-22T10:12:00Z", AckedBy: nasty, Runbook: nasty, Count: 1, Text: nasty,
		Links: []Link{{nasty, "https://example.org/?a=1&b=\""}}}
	return []Document{full, {Event: "note", Finding: nasty, Text: nasty}}
}
