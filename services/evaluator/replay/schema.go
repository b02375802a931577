package replay

import (
	"encoding/json"

	"github.com/parley-ops/parley/services/internal/occurrence"
)

type object = map[string]any

// Schema returns the JSON Schema (draft 2020-12) of files of tests, indented
// and with a newline at its end.
func Schema() []byte {
	text := object{"type": "string"}
	texts := object{"type": "array", "items": text}
	span := object{"anyOf": []any{object{"type": "string", "pattern": `^([0-9.]+(ms|s|m|h|d))+$`}, object{"const": 0}}, "description": "0, 90s, 5m, 1h30m, 2d"}
	values := object{"anyOf": []any{object{"type": "number"}, object{"type": "string"}}}
	mapping := func(of any) object { return object{"type": "object", "additionalProperties": of} }
	closed := func(required []string, properties object) object {
		return object{"type": "object", "additionalProperties": false, "required": required, "properties": properties}
	}
	want := closed([]string{"policy", "opened"}, object{
		"policy":   text,
		"opened":   object{"$ref": "#/$defs/span"},
		"resolved": object{"$ref": "#/$defs/span"},
		"labels":   mapping(text),
		"severity": object{"enum": []string{"info", "warning", "critical"}},
		"summary":  text,
	})
	event := closed([]string{"at", "event"}, object{
		"at": object{"$ref": "#/$defs/span"}, "event": text, "level": object{"enum": occurrence.Levels}, "message": text, "labels": mapping(text), "id": text})
	test := closed([]string{"name"}, object{
		"name":      text,
		"interval":  object{"$ref": "#/$defs/span"},
		"series":    object{"type": "object", "additionalProperties": values, "minProperties": 1, "description": `cpu{instance_id="i-1"}: 10x5 97x20 10..90x9 _x3`},
		"events":    object{"type": "array", "items": event, "minItems": 1, "description": "Events from outside."},
		"until":     object{"$ref": "#/$defs/span"},
		"incidents": object{"type": "array", "items": want, "minItems": 1},
		"none":      object{"const": true},
	})
	test["anyOf"] = []any{object{"required": []string{"series"}}, object{"required": []string{"events"}}}
	test["oneOf"] = []any{object{"required": []string{"incidents"}}, object{"required": []string{"none"}}}
	schema := closed([]string{"tests"}, object{
		"policies": object{"anyOf": []any{text, texts}, "description": "Files, from this one; default ../ and this file's name."},
		"interval": object{"$ref": "#/$defs/span"},
		"units":    object{"type": "object", "additionalProperties": text, "description": `The unit in which a metric comes: {cpu: "%"}`},
		"tests":    object{"type": "array", "items": test},
	})
	schema["$schema"], schema["title"], schema["$defs"] = "https://json-schema.org/draft/2020-12/schema", "Tests of Parley policies", object{"span": span}
	out, err := json.MarshalIndent(schema, "", "  ")
	if err != nil {
		panic(err) // a table of this file, not input
	}
	return append(out, '\n')
}
