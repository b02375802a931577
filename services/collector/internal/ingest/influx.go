package ingest

func (r *Reader) readInflux(body []byte)   { r.reject(place{-1, 0}, "syntax", "later") }
func (r *Reader) readProtobuf(body []byte) { r.reject(place{-1, 0}, "syntax", "later") }
