package chart

// Kind is a sort of picture.
type Kind string

const (
	KindBreach Kind = "breach"
	KindVerify Kind = "before-after"
	KindLives  Kind = "lives"
)

// kinds lists the pictures there are; each is one file that returns its layers
// from the back to the front.
func kinds() map[Kind]func(*plot) []layer {
	return map[Kind]func(*plot) []layer{
		KindBreach: breach,
		KindVerify: verify,
		KindLives:  lives,
	}
}
