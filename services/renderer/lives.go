package renderer

import (
	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/renderer/internal/chart"
	"github.com/parley-ops/parley/services/renderer/internal/picture"
)

// DrawLives draws when incidents were open, as a renderer answers it.
func DrawLives(cfg Config, q *eventv1.DrawQuery) (png []byte, alt string, err error) {
	look, err := cfg.look()
	if err != nil {
		return nil, "", err
	}
	d := picture.Lives(q, look)
	png, err = chart.Render(d.Spec)
	return png, d.Alt, err
}
