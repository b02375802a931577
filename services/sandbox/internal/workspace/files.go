package workspace

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"image"
	_ "image/gif" // decoders, to learn a picture's size
	_ "image/jpeg"
	_ "image/png"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/parley-ops/parley/services/sandbox/internal/block"
)

func (f *file) sharedIn(channel string) {
	if !slices.Contains(f.Channels, channel) {
		f.Channels = append(f.Channels, channel)
	}
}

// fileByURL finds a file by its private URL.
func (w *Workspace) fileByURL(url string) *file {
	for part := range strings.SplitSeq(url, "/") {
		if f := w.files[strings.TrimPrefix(part, TeamID+"-")]; f != nil {
			return f
		}
	}
	return nil
}

func (w *Workspace) uploadURL(c *call) (object, error) {
	name, length := c.str("filename"), c.number("length", 0)
	if name == "" || len(name) > 255 || length <= 0 {
		return nil, fail("invalid_arguments")
	}
	if length > maxFileBytes {
		return nil, fail("file_upload_size_restricted")
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	f := &file{
		ID: id("F"), Name: name, Title: name, Alt: c.str("alt_txt"), User: BotUser,
		Created: time.Now().Unix(), Length: length, ticket: rand.Text(),
	}
	w.files[f.ID] = f
	w.fileOrder = append(w.fileOrder, f.ID)
	if len(w.fileOrder) > maxFiles {
		w.forget(w.files[w.fileOrder[0]])
	}
	return object{"upload_url": c.base + "/upload/v1/" + f.ticket, "file_id": f.ID}, nil
}

func (w *Workspace) forget(f *file) {
	delete(w.files, f.ID)
	w.fileOrder = slices.DeleteFunc(w.fileOrder, func(id string) bool { return id == f.ID })
	w.changed()
}

// serveUpload takes the bytes of a file: a multipart form's first file, or the body itself.
func (w *Workspace) serveUpload(rw http.ResponseWriter, r *http.Request) {
	began := time.Now()
	data, err := uploaded(r)
	status, answer := http.StatusOK, ""
	if err == nil {
		err = w.receive(r.PathValue("ticket"), data)
	}
	if answer = fmt.Sprintf("OK - %d", len(data)); err != nil {
		status, answer = http.StatusBadRequest, err.Error()
	}
	w.wire.add(entry{
		Time: began, Direction: "in", Method: "upload", Args: object{"bytes": len(data)},
		Status: status, Response: []byte(answer), Took: time.Since(began),
	})
	rw.WriteHeader(status)
	_, _ = io.WriteString(rw, answer)
}

func uploaded(r *http.Request) ([]byte, error) {
	var from io.Reader = r.Body
	if form, err := r.MultipartReader(); err == nil {
		for {
			part, err := form.NextPart()
			if err != nil {
				return nil, errors.New("no file in the form")
			}
			if part.FileName() != "" {
				from = part
				break
			}
		}
	}
	data, err := io.ReadAll(io.LimitReader(from, maxFileBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read upload: %w", err)
	}
	return data, nil
}

func (w *Workspace) receive(ticket string, data []byte) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, f := range w.files {
		if f.ticket == "" || f.ticket != ticket {
			continue
		}
		if len(data) != f.Length {
			return fmt.Errorf("file size mismatch: %d bytes announced, %d received", f.Length, len(data))
		}
		w.makeRoom(len(data))
		f.data, f.Type = data, http.DetectContentType(data)
		f.Type, _, _ = strings.Cut(f.Type, ";")
		if size, _, err := image.DecodeConfig(bytes.NewReader(data)); err == nil {
			f.Width, f.Height = size.Width, size.Height
		}
		return nil
	}
	return errors.New("upload url is not valid")
}

// makeRoom forgets the oldest files until n more bytes fit.
func (w *Workspace) makeRoom(n int) {
	for _, f := range w.files {
		n += len(f.data)
	}
	for _, id := range slices.Clone(w.fileOrder) {
		f := w.files[id]
		if n <= maxAllBytes {
			return
		}
		if f.data != nil {
			n -= len(f.data)
			w.forget(f)
		}
	}
}

func (w *Workspace) completeUpload(c *call) (object, error) {
	wanted, given, err := c.list("files")
	if err != nil || !given || len(wanted) == 0 {
		return nil, fail("invalid_arguments")
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	var files []*file
	for _, v := range wanted {
		o, _ := v.(object)
		id, _ := o["id"].(string)
		f := w.files[id]
		if f == nil || f.data == nil || !f.Complete.IsZero() {
			return nil, fail("file_not_found")
		}
		if title, _ := o["title"].(string); title != "" {
			f.Title = title
		}
		files = append(files, f)
	}
	channels := strings.FieldsFunc(c.str("channels")+","+c.str("channel_id"), func(r rune) bool { return r == ',' })
	for _, id := range channels {
		if w.target(id) == nil {
			return nil, fail("channel_not_found")
		}
	}
	answer := []any{}
	for _, f := range files {
		f.Complete, f.ticket = time.Now(), ""
		w.changed()
		w.announce(f)
		answer = append(answer, object{"id": f.ID, "title": f.Title})
	}
	for _, id := range channels {
		if err := w.shareUpload(c, w.target(id), files); err != nil {
			return nil, err
		}
	}
	return object{"files": answer}, nil
}

// announce tells the pages when a file can be looked at.
func (w *Workspace) announce(f *file) {
	w.tasks.Go(func() {
		select {
		case <-w.done.Done():
		case <-time.After(w.opt.FileReady):
			w.mu.Lock()
			defer w.mu.Unlock()
			w.hub.send("", "file", object{"id": f.ID})
		}
	})
}

// shareUpload posts the message that a completed upload into a channel makes.
func (w *Workspace) shareUpload(c *call, ch *channel, files []*file) error {
	m := w.botMessage(content{text: c.str("initial_comment")})
	if blocks, given, err := c.list("blocks"); err == nil && given {
		if faults := block.Check(blocks, block.Message, w.fileReady); len(faults) > 0 {
			return invalid("invalid_blocks", faults)
		}
		m.Blocks = blocks
	}
	if err := w.inThread(c, ch, m); err != nil {
		return err
	}
	for _, f := range files {
		m.Files = append(m.Files, f.ID)
		f.sharedIn(ch.ID)
	}
	w.publish(ch, m)
	return nil
}

// serveFile gives a file's bytes to the app by its token, and to a page or a test
// where the workspace is open.
func (w *Workspace) serveFile(rw http.ResponseWriter, r *http.Request) {
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	if token != w.opt.BotToken && (token != "" || !(w.opt.Open || loopback(r))) {
		http.Error(rw, "not allowed", http.StatusForbidden)
		return
	}
	id := r.PathValue("id")
	if id == "" {
		id = strings.TrimPrefix(r.PathValue("ids"), TeamID+"-")
	}
	w.mu.Lock()
	f := w.files[id]
	var data []byte
	var kind, name string
	if f != nil && w.ready(f) {
		data, kind, name = f.data, f.Type, f.Name
	}
	w.mu.Unlock()
	if data == nil {
		http.NotFound(rw, r)
		return
	}
	header := rw.Header()
	header.Set("Content-Type", kind)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	if !strings.HasPrefix(kind, "image/") {
		header.Set("Content-Disposition", `attachment; filename="`+pathSafe(name)+`"`)
	}
	header.Set("Cache-Control", "private, max-age=86400, immutable")
	http.ServeContent(rw, r, "", time.Time{}, bytes.NewReader(data))
}
