package detect

// normal notices that what was unusual has become usual: a value that stays
// outside the band on one side for adaptDays.
type normal struct {
	days float32 // outside, less those inside
	n    float32 // samples outside
	mean float32 // of the distance to what was expected
	side int32   // 1 above, -1 below, 0 none
}

const (
	adaptDays    = 1
	adaptSamples = 8
)

// learn takes in a distance to what was expected, on a side of the band or
// inside, after days. It returns by how much the normal has moved, mostly 0.
func (o *normal) learn(distance float64, side int32, days float32) float32 {
	days = min(days, 0.25*adaptDays)
	switch {
	case side == 0:
		if o.days -= 2 * days; o.days <= 0 {
			*o = normal{}
		}
		return 0
	case side != o.side:
		*o = normal{side: side}
	default:
		o.days += days
	}
	o.n++
	o.mean += float32((distance - float64(o.mean)) / float64(min(o.n, 1000)))
	if o.days < adaptDays || o.n < adaptSamples {
		return 0
	}
	by := o.mean
	*o = normal{}
	return by
}
