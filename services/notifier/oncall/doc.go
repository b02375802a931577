// Package oncall says who is on call: rotations by the calendar of a zone. It
// is pure.
//
//	r := oncall.Rotation{Name: "primary", Zone: berlin, Layers: []oncall.Layer{{
//		Members: []string{"@anna", "@ben"}, Starts: monday, Every: oncall.Span{Days: 7}}}}
//	who, until := r.At(now)
//
// # Guarantees
//
// A shift begins and ends when the zone's clocks show the handoff, also when
// they change in between: it is then an hour shorter or longer. At every time
// exactly one member has the shift of a layer, or nobody if the layer does not
// apply then. Of several layers the last that applies counts; an override wins
// over all, of several the one that was made last.
package oncall
