package slack

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/slack-go/slack"

	"github.com/parley-ops/parley/services/internal/wait"
	"github.com/parley-ops/parley/services/notifier/internal/chat"
)

// readyAfter is how long to wait before asking again whether a picture can be
// shown; about ten seconds in all.
var readyAfter = [...]time.Duration{250 * time.Millisecond, 500 * time.Millisecond, time.Second, 2 * time.Second, 4 * time.Second, 2 * time.Second}

// Upload implements chat.Uploader. The file is shared nowhere: the message
// that shows it does that.
func (b *Backend) Upload(ctx context.Context, p chat.Picture) (string, error) {
	f, err := b.api.UploadFileContext(ctx, slack.UploadFileParameters{
		Filename: p.Name, Title: cut(clean(p.Title), 255), AltTxt: cut(clean(p.Alt), 1000),
		Reader: bytes.NewReader(p.PNG), FileSize: len(p.PNG)})
	if err != nil {
		return "", b.fault("files.upload", err)
	}
	b.fault("files.upload", nil)
	return f.ID, b.AwaitPicture(ctx, f.ID)
}

// AwaitPicture implements chat.Uploader: a file has a type once Slack has
// processed it, there is no other sign.
func (b *Backend) AwaitPicture(ctx context.Context, id string) error {
	for _, after := range readyAfter {
		if err := wait.For(ctx, after); err != nil {
			return err
		}
		f, _, _, err := b.api.GetFileInfoContext(ctx, id, 1, 1)
		err = b.fault("files.info", err)
		var limited *chat.RateLimited
		switch {
		case errors.As(err, &limited):
			if err := wait.For(ctx, limited.After); err != nil {
				return err
			}
		case err == nil && f.Mimetype != "":
			return nil
		}
	}
	return fmt.Errorf("file %s is not processed yet: %w", id, chat.ErrPicture)
}
