package condition

// Kinds returns every kind by its name in policies.
func Kinds() map[string]*Kind {
	return map[string]*Kind{
		"above":    &above,
		"absent":   &absent,
		"anomaly":  &anomaly,
		"below":    &below,
		"changed":  &changed,
		"equals":   &equals,
		"event":    &event,
		"expires":  &expires,
		"expr":     &expr,
		"forecast": &forecast,
		"inside":   &inside,
		"outside":  &outside,
	}
}
