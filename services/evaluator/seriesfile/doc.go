// Package seriesfile reads series from CSV files, a row at a time.
//
//	err := seriesfile.Rows(file, func(r seriesfile.Row) error {
//		fmt.Println(r.Time, r.Millis, r.Value)
//		return nil
//	})
//
// [Rows] reads `timestamp,value`, with or without a header; further columns are
// left out, and with a header the two may stand anywhere. Times are
// `2006-01-02 15:04:05` (UTC, also with T, fractions or without the clock), RFC
// 3339, or seconds or milliseconds since 1970. A value that is empty or no
// number is NaN: a sample that is missing. [Wide] reads one series a line,
// `id,v1,v2,…`. [Labelled] reads series of several metrics, with labels as columns:
// what `parley query --csv` writes. [Find] lists the CSV files of a folder.
//
// Memory is bounded by the longest line, and that to MaxLine; errors name the
// line. Everything here is safe for any number of goroutines.
package seriesfile
