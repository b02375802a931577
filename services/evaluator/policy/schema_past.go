package policy

import "slices"

// closed is an object with these keys and no others.
func closed(description string, required []string, properties object) object {
	o := object{"type": "object", "additionalProperties": false, "properties": properties, "description": description}
	if len(required) > 0 {
		o["required"] = slices.Clone(required)
	}
	return o
}

func datapointsSchema(duration object) object {
	count := object{"type": "integer", "minimum": 1, "maximum": MaxDatapoints}
	return closed("Holds when so many of the last ones hold. Without every, each sample is a datapoint.", []string{"hold", "of"}, object{
		"hold": count, "of": count, "every": with(duration, "How long a datapoint is; its newest sample counts."),
		"missing": object{"enum": missingWords, "default": string(MissingMissing), "description": "What a datapoint without a sample counts as, as in CloudWatch."}})
}

func rateSchema(duration, pair object) object {
	number := object{"$ref": "#/$defs/number"}
	o := closed("Holds by how fast the value changes: {above: 5, over: 10m, per: minute}.", []string{"over"}, object{
		"above": number, "below": number, "outside": pair, "inside": pair, "until": object{"anyOf": []any{number, pair}},
		"over": with(duration, "Since when the change is measured."),
		"per":  object{"enum": []string{"second", "minute", "hour", "day"}, "default": "second"}})
	var one []any
	for _, kind := range []string{"above", "below", "outside", "inside"} {
		one = append(one, object{"required": []string{kind}})
	}
	o["oneOf"] = one
	return o
}

func jumpSchema(duration object) object {
	number := object{"$ref": "#/$defs/number"}
	o := closed("Holds when the value has changed suddenly: by 50 % of the lowest or the highest within 5 minutes.", []string{"within"}, object{
		"percent": number, "by": number, "within": duration, "direction": object{"enum": []string{"up", "down", "both"}, "default": "both"}})
	o["oneOf"] = []any{object{"required": []string{"percent"}}, object{"required": []string{"by"}}}
	return o
}

func agoSchema() object {
	return closed("What the value was a time ago, perhaps with a distance: {of: 1d ago, by: 30%}.", []string{"of"}, object{
		"of": object{"type": "string", "pattern": `^\s*([0-9.]+(ms|s|m|h|d))+\s+ago\s*$`}, "by": object{"$ref": "#/$defs/number"}})
}

func countSchema(description string, above object) object {
	return closed(description, []string{"above"}, object{"above": above})
}

func ownSchema(kind string, duration object) object {
	if kind == "anomaly" {
		rarity := object{"type": "string", "pattern": `^\s*(warning|critical|one\s+in\s+[0-9.]+\s+days?)\s*$`}
		return object{"anyOf": []any{rarity, closed("How rare.", []string{"above"}, object{"above": rarity})}}
	}
	if kind == "event" {
		return object{"type": "string", "pattern": patternForm.String()}
	}
	if kind == "expr" {
		return object{"type": "string", "maxLength": maxExpr}
	}
	return closed("", []string{"reaches", "within"}, object{
		"reaches": object{"$ref": "#/$defs/number"}, "within": with(duration, "How soon, 1h to 14d."), "until": with(duration, "Where it recovers; default a quarter more than within."),
		"confidence": object{"type": "string", "pattern": `^\s*[0-9.]+\s*%\s*$`, "default": "50%"}})
}
