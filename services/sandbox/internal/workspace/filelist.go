package workspace

import "slices"

func (w *Workspace) fileInfo(c *call) (object, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f := w.files[c.str("file")]
	if f == nil || f.Complete.IsZero() {
		return nil, fail("file_not_found")
	}
	return object{
		"file": w.fileObject(f, c.base), "comments": []any{}, "response_metadata": cursor(""),
		"paging": object{"count": 100, "total": 0, "page": 1, "pages": 0},
	}, nil
}

func (w *Workspace) fileList(c *call) (object, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := []any{}
	for _, id := range slices.Backward(w.fileOrder) {
		f := w.files[id]
		if f.Complete.IsZero() || (c.str("channel") != "" && !slices.Contains(f.Channels, c.str("channel"))) {
			continue
		}
		if from, to := c.number("ts_from", 0), c.number("ts_to", 0); f.Created < int64(from) || (to > 0 && f.Created > int64(to)) {
			continue
		}
		all = append(all, w.fileObject(f, c.base))
	}
	count, number := max(1, c.number("count", 100)), max(1, c.number("page", 1))
	start := min(len(all), (number-1)*count)
	return object{
		"files":  all[start:min(len(all), start+count)],
		"paging": object{"count": count, "total": len(all), "page": number, "pages": (len(all) + count - 1) / count},
	}, nil
}

func (w *Workspace) fileDelete(c *call) (object, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f := w.files[c.str("file")]
	if f == nil {
		return nil, fail("file_not_found")
	}
	w.forget(f)
	for _, ch := range w.channels {
		for _, m := range ch.Messages {
			if slices.Contains(m.Files, f.ID) {
				w.show(ch, m)
			}
		}
	}
	return object{}, nil
}
