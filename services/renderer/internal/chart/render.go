package chart

import (
	"fmt"
	"io"

	gochart "github.com/wcharczuk/go-chart/v2"
)

// Render draws the picture and returns it as PNG with a palette. It returns an
// error for a kind that does not exist, and for nothing else in a spec.
//
// It is safe to call from many goroutines; each needs about 1 MB while it draws.
func Render(spec Spec) ([]byte, error) {
	var png buffer
	if err := render(spec, &png); err != nil {
		return nil, err
	}
	return png, nil
}

// render draws a spec and saves it to w.
func render(spec Spec, w io.Writer) error {
	spec = spec.withDefaults()
	draw, ok := kinds()[spec.Kind]
	if !ok {
		return fmt.Errorf("unknown kind of chart %q", spec.Kind)
	}
	plots := newPlots(spec)
	p := plots[0]
	width, height := spec.Size()
	picture := gochart.Chart{
		Width: width * subpixel, Height: height * subpixel,
		DPI:  64, // a font's size is then its pixels
		Font: textFont(),
		Background: gochart.Style{
			FillColor: p.colors.background, StrokeColor: tint(p.colors.background, 0),
			Padding: gochart.Box{
				Top: sub(p.area.y0), Left: sub(p.area.x0),
				Right: sub(p.w - p.area.x1), Bottom: sub(float64(height) - p.area.y1), IsSet: true,
			},
		},
		Canvas: gochart.Style{FillColor: tint(p.colors.background, 0), StrokeColor: tint(p.colors.background, 0)},
		XAxis:  gochart.XAxis{Style: gochart.Hidden(), Range: &gochart.ContinuousRange{Min: 0, Max: p.span.Seconds()}},
		YAxis:  gochart.YAxis{Style: gochart.Hidden(), Range: &gochart.ContinuousRange{Min: p.lo, Max: p.hi}},

		YAxisSecondary: gochart.YAxis{Style: gochart.Hidden()},
	}
	for i, p := range plots {
		if i > 0 {
			draw = breach
		}
		for _, l := range draw(p) {
			picture.Series = append(picture.Series, layerSeries{l, p})
		}
	}

	r := provide(picture.Width, picture.Height)
	defer r.release()
	r.canvas.seed(p.colors.solid()...)
	for _, p := range plots {
		p.pen = pen{r}
	}
	provider := func(int, int) (gochart.Renderer, error) { return r, nil }
	if err := picture.Render(provider, w); err != nil {
		return fmt.Errorf("render chart: %w", err)
	}
	return nil
}

// layer is one thing drawn over the earlier ones.
type layer struct {
	name string
	draw func(*plot)
}

// layerSeries is a layer as go-chart sees it.
type layerSeries struct {
	layer
	p *plot
}

var _ gochart.Series = layerSeries{}

func (l layerSeries) GetName() string             { return l.name }
func (l layerSeries) GetYAxis() gochart.YAxisType { return gochart.YAxisPrimary }
func (l layerSeries) GetStyle() gochart.Style     { return gochart.Style{} }
func (l layerSeries) Validate() error             { return nil }

func (l layerSeries) Render(gochart.Renderer, gochart.Box, gochart.Range, gochart.Range, gochart.Style) {
	l.draw(l.p)
}
