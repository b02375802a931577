package exchange

import (
	"context"
	"strings"
	"sync"

	"github.com/parley-ops/parley/services/notifier/internal/chat"
)

// picturesKept bounds the pictures in memory, in bytes.
const picturesKept = 64 << 20

// pictures are the newest ones by name.
type pictures struct {
	mu    sync.Mutex
	byID  map[string][]byte
	order []string
	size  int
}

func (s *pictures) put(id string, png []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byID == nil {
		s.byID = map[string][]byte{}
	}
	if old, ok := s.byID[id]; ok {
		s.size -= len(old)
	} else {
		s.order = append(s.order, id)
	}
	s.byID[id] = png
	for s.size += len(png); s.size > picturesKept && len(s.order) > 1; s.order = s.order[1:] {
		s.size -= len(s.byID[s.order[0]])
		delete(s.byID, s.order[0])
	}
}

func (s *pictures) get(id string) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.byID[id]
}

// A picture's id is "F123 png=NAME": the default backend's, if it has one, and
// by what the picture itself is kept.
const kept = "png="

func cutID(id string) (first, name string) {
	if first, name, ok := strings.Cut(id, " "+kept); ok {
		return first, name
	}
	if name, ok := strings.CutPrefix(id, kept); ok {
		return "", name
	}
	return id, ""
}

// Lacks reports whether the default backend could not take the picture yet.
func Lacks(id string) bool { return strings.HasPrefix(id, kept) }

// Upload implements chat.Uploader. With an error beside an id, the picture can
// be shown everywhere but in the default backend.
func (x *Exchange) Upload(ctx context.Context, p chat.Picture) (string, error) {
	x.pictures.put(p.Name, p.PNG)
	id, err := "", error(nil)
	if up, ok := x.first.(chat.Uploader); ok {
		id, err = up.Upload(ctx, p)
	}
	if id == "" {
		return kept + p.Name, err
	}
	return id + " " + kept + p.Name, err
}

// AwaitPicture implements chat.Uploader.
func (x *Exchange) AwaitPicture(ctx context.Context, id string) error {
	first, _ := cutID(id)
	if up, ok := x.first.(chat.Uploader); ok && first != "" {
		return up.AwaitPicture(ctx, first)
	}
	return nil
}

// pictured gives the content's pictures the form that its backend takes.
func (x *Exchange) pictured(c chat.Content, first bool) chat.Content {
	var parts []chat.Part
	for _, part := range c.Parts {
		if i, ok := part.(chat.Image); ok {
			id, name := cutID(i.File)
			if _, uploads := x.first.(chat.Uploader); first && uploads {
				if i.File = id; id == "" {
					continue
				}
			} else {
				i.File, i.PNG = name, x.pictures.get(name)
			}
			part = i
		}
		parts = append(parts, part)
	}
	c.Parts = parts
	return c
}
