package archive

import (
	"fmt"
	"regexp"
	"strconv"
	"time"
)

// File is one file, as its name tells it.
type File struct {
	// Log is which log it is of: when that was made.
	Log string
	// Hour is when its entries were stored, in UTC.
	Hour time.Time
	// First and Last are the sequences that it covers, without a gap.
	First, Last uint64
	// Sum is a checksum of all of it, XXH64.
	Sum uint64
}

const dayForm = "2006-01-02"

// LogName tells one log from another, which has sequences of its own.
func LogName(created time.Time) string {
	return "log-" + created.UTC().Format("20060102T150405.000Z")
}

// folder is where the files of the log and the day are.
func (f File) folder() string { return f.Log + "/" + f.Hour.Format(dayForm) + "/" }

// Name returns the file's name in the archive.
func (f File) Name() string {
	return fmt.Sprintf("%s%s-%020d-%020d-%016x.parquet", f.folder(), f.Hour.Format("15"), f.First, f.Last, f.Sum)
}

var fileName = regexp.MustCompile(`^(log-\d{8}T\d{6}\.\d{3}Z)/(\d{4}-\d\d-\d\d)/(\d\d)-(\d{20})-(\d{20})-([0-9a-f]{16})\.parquet$`)

// parseName reads what [File.Name] writes; false if it is another's.
func parseName(name string) (File, bool) {
	m := fileName.FindStringSubmatch(name)
	if m == nil {
		return File{}, false
	}
	f := File{Log: m[1]}
	var errs [4]error
	f.Hour, errs[0] = time.Parse(dayForm+" 15", m[2]+" "+m[3])
	f.First, errs[1] = strconv.ParseUint(m[4], 10, 64)
	f.Last, errs[2] = strconv.ParseUint(m[5], 10, 64)
	f.Sum, errs[3] = strconv.ParseUint(m[6], 16, 64)
	for _, err := range errs {
		if err != nil {
			return File{}, false
		}
	}
	return f, f.First > 0 && f.First <= f.Last
}
