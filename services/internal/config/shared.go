package config

import "reflect"

// share returns targets with one more for each type of field that is tagged
// `kong:"-" shared:""` in any of them, and what copies that one into all the
// fields of its type when it has been filled. So services that need the same
// settings have each a field of them, and in one process there is one flag.
func share(targets []any) (all []any, spread func()) {
	all = targets
	fields := map[reflect.Type][]reflect.Value{}
	for _, t := range targets {
		v := reflect.ValueOf(t).Elem()
		for i := range v.NumField() {
			if _, ok := v.Type().Field(i).Tag.Lookup("shared"); !ok {
				continue
			}
			f := v.Field(i)
			if fields[f.Type()] == nil {
				all = append(all[:len(all):len(all)], f.Addr().Interface())
			}
			fields[f.Type()] = append(fields[f.Type()], f)
		}
	}
	return all, func() {
		for _, same := range fields {
			for _, f := range same[1:] {
				f.Set(same[0])
			}
		}
	}
}
