// Package nearest finds what somebody meant who wrote something else:
//
//	if word := nearest.To("severty", keys); word != "" {
//		… did you mean severity?
//	}
//
// It is a pure function of its arguments and asks nothing of their order,
// except that of equally near words the first is taken.
package nearest
