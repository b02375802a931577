package seriesfile

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// MaxLine is the longest line, in bytes.
const MaxLine = 16 << 20

// Row is one sample.
type Row struct {
	Time, Text string  // as written
	Millis     int64   // since 1970
	Value      float64 // NaN: none
}

// lines calls each with every line that is not empty, cut at commas, and its
// number. What each gets is its own only during the call.
func lines(r io.Reader, each func(number int, cells []string) error) error {
	scanner := bufio.NewScanner(r)
	scanner.Buffer(nil, MaxLine)
	var cells []string
	for number := 1; scanner.Scan(); number++ {
		line := strings.TrimSpace(scanner.Text())
		if number == 1 {
			line = strings.TrimPrefix(line, "\ufeff")
		}
		if line == "" {
			continue
		}
		cells = cells[:0]
		for cell := range strings.SplitSeq(line, ",") {
			cells = append(cells, unquote(cell))
		}
		if err := each(number, cells); err != nil {
			return err
		}
	}
	if err := scanner.Err(); err != nil {
		return fmt.Errorf("read: %w", err)
	}
	return nil
}

func unquote(cell string) string {
	cell = strings.TrimSpace(cell)
	if len(cell) >= 2 && cell[0] == '"' && cell[len(cell)-1] == '"' {
		return strings.TrimSpace(cell[1 : len(cell)-1])
	}
	return cell
}

// Rows calls each with every sample of a file, in its order.
func Rows(r io.Reader, each func(Row) error) error {
	at, value, first := 0, 1, true
	return lines(r, func(number int, cells []string) error {
		if first {
			first = false
			if _, err := Time(cells[0]); err != nil {
				found := false
				if at, value, found = columns(cells); found {
					return nil
				}
			}
		}
		if len(cells) <= max(at, value) {
			return fmt.Errorf("line %d: %d columns, want timestamp,value", number, len(cells))
		}
		millis, err := Time(cells[at])
		if err != nil {
			return fmt.Errorf("line %d: %w", number, err)
		}
		return each(Row{Time: cells[at], Text: cells[value], Millis: millis, Value: number64(cells[value])})
	})
}

// columns finds the columns by their names; found is false for what is no
// header.
func columns(cells []string) (at, value int, found bool) {
	at = slices.IndexFunc(cells, func(c string) bool {
		return slices.Contains([]string{"timestamp", "time", "date", "datetime"}, strings.ToLower(c))
	})
	value = slices.IndexFunc(cells, func(c string) bool { return strings.EqualFold(c, "value") })
	if at < 0 && value < 0 {
		return 0, 1, false
	}
	at = max(at, 0)
	if value < 0 {
		value = 1 - min(at, 1)
	}
	return at, value, at != value
}

// number64 returns the number in a cell, or NaN.
func number64(cell string) float64 {
	v, err := strconv.ParseFloat(cell, 64)
	if err != nil || math.IsInf(v, 0) {
		return math.NaN()
	}
	return v
}

var layouts = []string{"2006-01-02 15:04:05", "2006-01-02T15:04:05", time.RFC3339, "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04", "2006-01-02T15:04", time.DateOnly}

// Time returns a time as milliseconds since 1970; without a zone it is UTC.
func Time(text string) (millis int64, err error) {
	for _, layout := range layouts {
		if at, err := time.Parse(layout, text); err == nil {
			return at.UnixMilli(), nil
		}
	}
	v, err := strconv.ParseFloat(text, 64)
	switch {
	case err != nil || !(math.Abs(v) < 1e14):
		return 0, fmt.Errorf("time %q: want 2006-01-02 15:04:05, RFC 3339, or seconds or milliseconds since 1970", text)
	case math.Abs(v) >= 1e11:
		return int64(v), nil
	}
	return int64(math.Round(v * 1000)), nil
}
