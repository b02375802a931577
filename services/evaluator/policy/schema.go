package policy

import (
	"encoding/json"
	"maps"

	"github.com/parley-ops/parley/services/evaluator/given"
	"github.com/parley-ops/parley/services/evaluator/internal/condition"
)

type object = map[string]any

// Schema returns the JSON Schema (draft 2020-12) of policy files, with every
// kind of condition, indented and with a newline at its end.
func Schema() []byte {
	text := object{"type": "string"}
	texts := object{"type": "array", "items": text, "uniqueItems": true}
	duration := object{"type": "string", "pattern": `^([0-9.]+(ms|s|m|h|d))+$`, "description": "30s, 5m, 1h30m, 2d"}
	number := object{"anyOf": []any{object{"type": "number"},
		object{"type": "string", "pattern": `^\s*[-+]?[0-9._]+([eE][-+]?[0-9]+)?\s*(%|[A-Za-zµ]+)?\s*$`}},
		"description": "A number, perhaps with a unit: 80, 80%, 500ms, 2GiB"}
	pair := object{"type": "array", "items": object{"$ref": "#/$defs/number"}, "minItems": 2, "maxItems": 2}
	metric := object{"type": "string", "pattern": metricForm.String()}

	fields := object{"count": countSchema("Holds when it does on more series of the group than that.", object{"type": "integer", "minimum": 0}),
		"tolerance":  object{"anyOf": []any{object{"type": "number"}, object{"type": "string"}}, "description": "How far from the baseline: 3 sigma, 20%, 50; default the learned band."},
		"given":      object{"anyOf": []any{object{"type": "string"}, object{"type": "array", "items": object{"type": "string"}, "minItems": 1, "maxItems": given.Most}}, "description": "Metrics of the same resource that explain this one: what they let expect is compared with."},
		"or_equal":   object{"type": "boolean", "default": false, "description": "Beside above or below: holds at the number too."},
		"zone":       object{"type": "string", "description": "Whose days and weeks are learned, such as Europe/Berlin; default UTC."},
		"share":      countSchema("Holds when it does on a larger share of the group's series than that.", object{"type": "string", "pattern": `^\s*[0-9.]+\s*%\s*$`}),
		"datapoints": datapointsSchema(duration), "rate": rateSchema(duration, pair), "jump": jumpSchema(duration),
		"metric": metric, "for": with(duration, "How long it must hold."),
		"no_data_after": with(duration, "After how long silence counts as no data; default five intervals, 5m at least."),
		"until":         object{"anyOf": []any{object{"$ref": "#/$defs/number"}, pair, object{"type": "string", "pattern": patternForm.String()}}, "description": "Where it recovers; beside event, the type of the event that ends it."}}
	maps.Copy(fields, eventSchemas(duration))
	var oneKind []any
	for _, name := range kindNames {
		k := kinds[name]
		var operand object
		switch k.Operand {
		case condition.Flag:
			operand = object{"const": true}
		case condition.Own:
			operand = ownSchema(name, duration)
		case condition.Span:
			operand = with(duration, "")
		case condition.Range:
			operand = object{"anyOf": []any{pair, object{"$ref": "#/$defs/ago"}, object{"const": "baseline"}}}
		default:
			choices := []any{object{"$ref": "#/$defs/number"}, object{"$ref": "#/$defs/other"}}
			if k.Ordered {
				choices = append(choices, object{"$ref": "#/$defs/ago"}, object{"const": "baseline"})
			}
			operand = object{"anyOf": choices}
		}
		operand["description"] = k.Doc
		fields[name] = operand
	}
	for _, name := range tests {
		required := []string{"metric", name}
		if name == "event" {
			required = []string{name}
		}
		oneKind = append(oneKind, object{"required": required})
	}
	list := object{"type": "array", "items": object{"$ref": "#/$defs/when"}, "minItems": 1}
	schema := object{
		"$schema": "https://json-schema.org/draft/2020-12/schema",
		"title":   "Parley policies",
		"type":    "object", "additionalProperties": false, "required": []string{"policies"},
		"properties": object{"policies": object{"type": "array", "items": object{"$ref": "#/$defs/policy"}}},
		"$defs": object{
			"number": number,
			"ago":    agoSchema(),
			"other": object{"type": "object", "additionalProperties": false, "required": []string{"metric"},
				"description": "Another metric of the same resource: value × times + plus.",
				"properties":  object{"metric": metric, "times": object{"type": "number"}, "plus": object{"type": "number"}}},
			"condition": object{"type": "object", "additionalProperties": false, "properties": fields, "oneOf": oneKind},
			"when": object{"oneOf": []any{
				object{"type": "object", "additionalProperties": false, "required": []string{"all"}, "properties": object{"all": list}},
				object{"type": "object", "additionalProperties": false, "required": []string{"any"}, "properties": object{"any": list}},
				object{"type": "object", "additionalProperties": false, "required": []string{"at_least"}, "properties": object{
					"at_least": object{"type": "object", "additionalProperties": false, "required": []string{"count", "of"},
						"properties": object{"count": object{"type": "integer", "minimum": 1}, "of": list}}}},
				object{"$ref": "#/$defs/condition"}}},
			"policy": object{"type": "object", "additionalProperties": false, "required": []string{"name", "when"}, "properties": object{
				"name":        object{"type": "string", "pattern": nameForm.String()},
				"description": text,
				"enabled":     object{"type": "boolean", "default": true},
				"severity":    object{"enum": []string{"info", "warning", "critical"}, "default": "warning"},
				"scope": object{"type": "object", "additionalProperties": text,
					"description": "Labels that series must have: value or =value, !value, ~regexp, !~regexp."},
				"by":       with(texts, "One incident per value of these labels; default: all labels of the series."),
				"when":     object{"$ref": "#/$defs/when"},
				"recover":  object{"type": "object", "additionalProperties": false, "properties": object{"after": with(duration, "How long it must not hold before the incident is over.")}},
				"no_data":  object{"enum": []string{"keep", "alert", "ok"}, "default": "keep"},
				"channels": texts,
				"actions": object{"oneOf": []object{texts, {"type": "array", "items": object{"oneOf": []object{text,
					{"type": "object", "additionalProperties": false, "required": []string{"run"}, "properties": object{
						"run":           with(text, "The action."),
						"automatic":     object{"type": "boolean", "description": "It runs by itself; its allow must name parley."},
						"after":         with(duration, "How long after the incident opened."),
						"times":         object{"type": "integer", "minimum": 1, "maximum": mostTimes, "default": 1, "description": "How often on one incident."},
						"when_silenced": object{"type": "boolean", "description": "Also while the incident is silenced."}}}}}}}},
				"ask": object{"type": "object", "additionalProperties": false, "required": []string{"owner", "within", "otherwise"},
					"description": "Asks the owner first, and says what happens when nobody answers.",
					"properties": object{
						"owner":     with(text, "A label's name, or a text such as {{ labels.owner }}."),
						"question":  with(text, "The question in the policy's words; may name what a summary may."),
						"within":    with(duration, "How long the owner has, 1m at least."),
						"otherwise": with(text, "keep, or the action that is run then; its allow must name parley.")}},
				"labels":  object{"type": "object", "additionalProperties": text},
				"summary": with(text, "May name {{ value }}, {{ threshold }}, {{ metric }}, {{ labels.service }}, {{ values.requests.rate }} … and what stands there otherwise: {{ labels.owner or nobody }}."),
				"runbook": object{"type": "string", "pattern": "^https?://"},
			}},
		},
	}
	out, err := json.MarshalIndent(schema, "", "  ")
	if err != nil {
		panic(err) // a table of this file, not input
	}
	return append(out, '\n')
}

func with(o object, description string) object {
	c := object{}
	for k, v := range o {
		c[k] = v
	}
	if description != "" {
		c["description"] = description
	}
	return c
}
