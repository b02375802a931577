package ingest

import "strings"

// format is one way to write samples.
type format struct {
	name string
	// contentType is what says so; the media type without parameters.
	contentType string
	// first are the bytes by which a body without a known Content-Type is
	// recognised.
	first string
	read  func(r *Reader, body []byte)
}

// formats are all there are. The last one is what everything else is.
var formats = []format{
	{"protobuf", "application/x-protobuf", "", (*Reader).readProtobuf},
	{"json", "application/json", "{[", (*Reader).readJSON},
	{"influx", "text/plain", "", (*Reader).readInflux},
}

// formatOf returns the format by the header, else by the first byte that is
// not white space, else line protocol.
func formatOf(contentType string, body []byte) format {
	if contentType != "" {
		media, _, _ := strings.Cut(contentType, ";")
		media = strings.TrimSpace(media)
		for _, f := range formats {
			if strings.EqualFold(media, f.contentType) {
				return f
			}
		}
	}
	if b := trimSpace(body); len(b) > 0 {
		for _, f := range formats {
			if strings.IndexByte(f.first, b[0]) >= 0 {
				return f
			}
		}
	}
	return formats[len(formats)-1]
}
