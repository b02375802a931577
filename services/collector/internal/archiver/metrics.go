package archiver

import "github.com/prometheus/client_golang/prometheus"

type metrics struct {
	lagSeconds, lagEntries                       prometheus.Gauge
	files, bytes, samples, errors, lost, deleted prometheus.Counter
}

func newMetrics(reg prometheus.Registerer) *metrics {
	gauge := func(name, help string) prometheus.Gauge {
		return prometheus.NewGauge(prometheus.GaugeOpts{Name: "collector_archive_" + name, Help: help})
	}
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Name: "collector_archive_" + name, Help: help})
	}
	m := &metrics{
		lagSeconds: gauge("lag_seconds", "Age of the oldest entry of the samples' log that is not archived; up to an hour is usual. 0 where another collector archives."),
		lagEntries: gauge("lag_entries", "Entries of the samples' log that are not archived. 0 where another collector archives."),
		files:      counter("files_total", "Files stored in the archive."),
		bytes:      counter("bytes_total", "Bytes stored in the archive."),
		samples:    counter("samples_total", "Samples stored in the archive."),
		errors:     counter("errors_total", "Rounds of archiving that failed; they are tried again."),
		lost:       counter("lost_entries_total", "Entries that the bus dropped before they were archived."),
		deleted:    counter("deleted_files_total", "Files deleted for their age."),
	}
	if reg != nil {
		reg.MustRegister(m.lagSeconds, m.lagEntries, m.files, m.bytes, m.samples, m.errors, m.lost, m.deleted)
	}
	return m
}
