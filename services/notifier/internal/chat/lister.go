package chat

// Lister is a backend whose channels are listed in its settings.
type Lister interface {
	// Lists returns their names, sorted, without one that stands for any other.
	Lists() []string
}

// Lists implements Lister, if the teller's channels are listed.
func (b *telling) Lists() []string {
	if l, ok := b.Teller.(Lister); ok {
		return l.Lists()
	}
	return nil
}
