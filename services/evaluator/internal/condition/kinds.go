package condition

// Kinds returns every kind by its name in policies.
func Kinds() map[string]*Kind {
	return map[string]*Kind{
		"above":   &above,
		"below":   &below,
		"changed": &changed,
		"equals":  &equals,
		"inside":  &inside,
		"outside": &outside,
	}
}
