package score

import (
	"io"
	"math"
	"slices"

	"github.com/parley-ops/parley/services/evaluator/forecast"
	"github.com/parley-ops/parley/services/evaluator/seriesfile"
)

// M4 is a series of M4's, and what came of it.
type M4 struct {
	ID          string
	Train, Test []float64
}

// ReadM4 reads train.csv and test.csv, one series a line.
func ReadM4(train, test string) ([]M4, error) {
	read := func(name string, each func(string, []float64)) error {
		return seriesfile.Open(name, func(in io.Reader) error {
			_, err := seriesfile.Wide(in, func(id string, v []float64) error {
				each(id, slices.Clone(v))
				return nil
			})
			return err
		})
	}
	came := map[string][]float64{}
	if err := read(test, func(id string, v []float64) { came[id] = v }); err != nil {
		return nil, err
	}
	var all []M4
	err := read(train, func(id string, v []float64) { all = append(all, M4{id, v, came[id]}) })
	return all, err
}

// Forecasts is how good forecasts were, on average over series.
type Forecasts struct {
	// SMAPE is in percent; MASE and MSIS are in mean differences to a day before.
	SMAPE, MASE, MSIS float64
	// Coverage is the share of values inside the 95 % interval.
	Coverage float64
}

// OWA is the mean of sMAPE and MASE beside those of the competition's Naive2 on
// hourly series.
func (f Forecasts) OWA() float64 { return (f.SMAPE/18.383 + f.MASE/2.395) / 2 }

// Hourly scores forecasts of hourly series.
func Hourly(all []M4, forecast func(train []float64, n int) []forecast.Forecast) (f Forecasts) {
	for _, s := range all {
		scale := 0.0
		for i := 24; i < len(s.Train); i++ {
			scale += math.Abs(s.Train[i] - s.Train[i-24])
		}
		scale /= float64(len(s.Train) - 24)
		said := forecast(s.Train, len(s.Test))
		share := 1 / float64(len(s.Test)*len(all))
		for i, y := range s.Test {
			v := said[i]
			if sum := math.Abs(y) + math.Abs(v.Value); sum > 0 {
				f.SMAPE += share * 200 * math.Abs(y-v.Value) / sum
			}
			f.MASE += share * math.Abs(y-v.Value) / scale
			width := v.Upper - v.Lower
			switch {
			case y < v.Lower:
				width += 2 / 0.05 * (v.Lower - y)
			case y > v.Upper:
				width += 2 / 0.05 * (y - v.Upper)
			default:
				f.Coverage += share
			}
			f.MSIS += share * width / scale
		}
	}
	return f
}
