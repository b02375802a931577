package bus

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nuid"
)

// chunkBytes is how much of an object is in one message.
const chunkBytes = 128 * kib

// PutObject stores data under name; an object of that name is replaced. Whoever
// reads gets the one before or the new one, whole.
//
// It writes the client's format by itself: the client's Put leaves a goroutine
// behind whenever its clean-up is quicker than the goroutine that it starts
// (resetPendingAcksOnReconnect waits on a nil channel; nats.go v1.55.0).
func PutObject(ctx context.Context, c *Conn, s ObjectStore, name string, data []byte) error {
	err := c.putObject(ctx, s, name, data)
	if err != nil {
		return fmt.Errorf("put object %s/%s: %w", s.Name, name, translate(err))
	}
	return nil
}

func (c *Conn) putObject(ctx context.Context, s ObjectStore, name string, data []byte) error {
	before, err := c.objectInfo(ctx, s, name)
	if err != nil && !isNotFound(err) {
		return err
	}
	info := jetstream.ObjectInfo{Bucket: s.Name, NUID: nuid.Next(), Size: uint64(len(data)),
		ObjectMeta: jetstream.ObjectMeta{Name: name, Opts: &jetstream.ObjectMetaOptions{ChunkSize: chunkBytes}}}
	digest := sha256.New()
	digest.Write(data)
	info.Digest = jetstream.GetObjectDigestValue(digest)
	for chunk := range slices.Chunk(data, chunkBytes) {
		if _, err := c.js.Publish(ctx, objectChunks(s, info.NUID), chunk); err != nil {
			c.purgeObject(context.WithoutCancel(ctx), s, objectChunks(s, info.NUID))
			return err
		}
		info.Chunks++
	}
	meta := nats.NewMsg(objectMeta(s, name))
	meta.Header.Set(jetstream.MsgRollup, jetstream.MsgRollupSubject)
	if meta.Data, err = json.Marshal(&info); err != nil {
		return err
	}
	if _, err := c.js.PublishMsg(ctx, meta); err != nil {
		return err // whether it was stored nobody knows, so its chunks stay
	}
	if before != nil {
		c.purgeObject(ctx, s, objectChunks(s, before.NUID))
	}
	return nil
}

func objectChunks(s ObjectStore, nuid string) string { return "$O." + s.Name + ".C." + nuid }
func objectMeta(s ObjectStore, name string) string {
	return "$O." + s.Name + ".M." + base64.URLEncoding.EncodeToString([]byte(name))
}

func (c *Conn) objectInfo(ctx context.Context, s ObjectStore, name string) (*jetstream.ObjectInfo, error) {
	store, err := c.js.ObjectStore(ctx, s.Name)
	if err != nil {
		return nil, fmt.Errorf("object store %s (made by set-up): %w", s.Name, err)
	}
	info, err := store.GetInfo(ctx, name)
	if err != nil {
		return nil, translate(err)
	}
	return info, nil
}

// purgeObject removes messages of an object; those that stay cost space only.
func (c *Conn) purgeObject(ctx context.Context, s ObjectStore, subject string) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	stream, err := c.js.Stream(ctx, "OBJ_"+s.Name)
	if err == nil {
		err = stream.Purge(ctx, jetstream.WithPurgeSubject(subject))
	}
	if err != nil {
		c.log.Debug("an object's messages stay", "subject", subject, "err", err)
	}
}

// GetObject returns what is stored under name, or ErrNotFound.
func GetObject(ctx context.Context, c *Conn, s ObjectStore, name string) ([]byte, error) {
	store, err := c.js.ObjectStore(ctx, s.Name)
	if err != nil {
		return nil, fmt.Errorf("object store %s (made by set-up): %w", s.Name, translate(err))
	}
	data, err := store.GetBytes(ctx, name)
	if err != nil {
		return nil, fmt.Errorf("get object %s/%s: %w", s.Name, name, translate(err))
	}
	return data, nil
}

// DeleteObject removes the object and all trace of it; deleting what is not
// there is no error.
func DeleteObject(ctx context.Context, c *Conn, s ObjectStore, name string) error {
	info, err := c.objectInfo(ctx, s, name)
	if isNotFound(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("delete object %s/%s: %w", s.Name, name, err)
	}
	// The name first: what is left of chunks then is nobody's.
	c.purgeObject(ctx, s, objectMeta(s, name))
	c.purgeObject(ctx, s, objectChunks(s, info.NUID))
	return nil
}
