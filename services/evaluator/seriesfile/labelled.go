package seriesfile

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/parley-ops/parley/services/internal/label"
)

// Sample is one value of a series that the file names.
type Sample struct {
	Metric string
	Labels label.Set
	Unit   string // "": the file does not say
	Millis int64  // since 1970
	Value  float64
	Line   int
}

// mostSeries is how many series a file may have.
const mostSeries = 1_000_000

// Labelled calls each with every sample of a file whose first line names its
// columns: time (or timestamp), metric (or name), value, perhaps unit; every
// other column is a label, absent where the cell is empty. That is what `parley
// query --csv` writes. Rows without a value are left out. A series' labels are
// the same slice in each of its samples.
func Labelled(r io.Reader, each func(Sample) error) error {
	in := csv.NewReader(r)
	in.ReuseRecord, in.FieldsPerRecord = true, 0
	head, err := in.Read()
	if errors.Is(err, io.EOF) {
		return errors.New("empty: the first line names the columns: time,metric,value and labels")
	}
	if err != nil {
		return err
	}
	head = slices.Clone(head)
	at, metric, value, of := -1, -1, -1, -1
	var labels []int
	for i, name := range head {
		head[i] = strings.TrimSpace(strings.TrimPrefix(name, "\ufeff"))
		switch strings.ToLower(head[i]) {
		case "time", "timestamp":
			at = i
		case "metric", "name":
			metric = i
		case "value":
			value = i
		case "unit":
			of = i
		default:
			labels = append(labels, i)
		}
	}
	if at < 0 || metric < 0 || value < 0 {
		return fmt.Errorf("line 1: the columns are %s; want time, metric and value among them", strings.Join(head, ", "))
	}
	sets := map[string]label.Set{}
	var key []byte
	for {
		row, err := in.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		line, _ := in.FieldPos(0)
		s := Sample{Metric: strings.Clone(strings.TrimSpace(row[metric])), Value: number64(strings.TrimSpace(row[value])), Line: line}
		if math.IsNaN(s.Value) {
			continue
		}
		if s.Millis, err = Time(strings.TrimSpace(row[at])); err != nil {
			return fmt.Errorf("line %d: %w", line, err)
		}
		if s.Metric == "" {
			return fmt.Errorf("line %d: no metric", line)
		}
		if of >= 0 {
			s.Unit = strings.Clone(row[of])
		}
		key = key[:0]
		for _, i := range labels {
			key = append(append(key, row[i]...), 0)
		}
		set, known := sets[string(key)]
		if !known {
			if len(sets) >= mostSeries {
				return fmt.Errorf("line %d: more than %d series", line, mostSeries)
			}
			m := map[string]string{}
			for _, i := range labels {
				if row[i] != "" {
					m[head[i]] = strings.Clone(row[i])
				}
			}
			set = label.FromMap(m)
			sets[string(key)] = set
		}
		s.Labels = set
		if err := each(s); err != nil {
			return err
		}
	}
}
