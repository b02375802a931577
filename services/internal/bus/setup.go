package bus

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"
)

// SetupOptions are what an installation chooses.
type SetupOptions struct {
	// Replicas is 1, or 3 or 5 in a cluster of as many servers.
	Replicas int
	// Memory keeps everything in memory: for tests.
	Memory bool
	// Progress, if set, is called with each thing that is in place.
	Progress func(what string)
}

// Setup makes the server have every stream, durable, bucket and object store
// of this topology, and leaves alone what is as it should be. It needs the
// admin's connection and may run any number of times.
func Setup(ctx context.Context, c *Conn, o SetupOptions) error {
	o.Replicas = max(o.Replicas, 1)
	if o.Progress == nil {
		o.Progress = func(string) {}
	}
	storage := jetstream.FileStorage
	if o.Memory {
		storage = jetstream.MemoryStorage
	}
	for _, s := range Streams() {
		if err := setupStream(ctx, c.js, s, storage, o.Replicas); err != nil {
			return fmt.Errorf("stream %s: %w", s.Name, err)
		}
		o.Progress("stream " + s.Name)
	}
	for _, d := range Durables() {
		cfg := d.Config
		cfg.Replicas = o.Replicas
		if _, err := c.js.CreateOrUpdateConsumer(ctx, d.Stream, cfg); err != nil {
			return fmt.Errorf("consumer %s/%s: %w", d.Stream, d.Name, err)
		}
		o.Progress("consumer " + d.Stream + "/" + d.Name)
	}
	for _, b := range Buckets() {
		_, err := c.js.CreateOrUpdateKeyValue(ctx, jetstream.KeyValueConfig{
			Bucket: b.Name, History: cmp.Or(b.History, 1), TTL: b.TTL, LimitMarkerTTL: b.MarkerTTL,
			MaxBytes: cmp.Or(b.MaxBytes, -1), Storage: storage, Replicas: o.Replicas,
		})
		if err != nil {
			return fmt.Errorf("bucket %s: %w", b.Name, err)
		}
		o.Progress("bucket " + b.Name)
	}
	for _, s := range ObjectStores() {
		_, err := c.js.CreateOrUpdateObjectStore(ctx, jetstream.ObjectStoreConfig{
			Bucket: s.Name, TTL: s.TTL, Storage: storage, Replicas: o.Replicas,
		})
		if err != nil {
			return fmt.Errorf("object store %s: %w", s.Name, err)
		}
		o.Progress("object store " + s.Name)
	}
	return nil
}

func setupStream(ctx context.Context, js jetstream.JetStream, s Stream, storage jetstream.StorageType, replicas int) error {
	cfg := jetstream.StreamConfig{
		Name: s.Name, Subjects: s.Subjects, Storage: storage, Replicas: replicas,
		MaxAge: s.MaxAge, MaxBytes: s.MaxBytes, MaxMsgSize: s.MaxMsgBytes, Duplicates: s.Duplicates,
		AllowDirect: true, DenyDelete: s.AppendOnly, DenyPurge: s.AppendOnly,
	}
	if storage == jetstream.MemoryStorage {
		cfg.MaxBytes = -1 // the server reserves what a stream may take
	}
	if s.WorkQueue {
		cfg.Retention = jetstream.WorkQueuePolicy
	}
	if s.RefuseWhenFull {
		cfg.Discard = jetstream.DiscardNew
	}
	_, err := js.CreateOrUpdateStream(ctx, cfg)
	// Two that set up at once: the loser finds it made.
	if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) {
		_, err = js.CreateOrUpdateStream(ctx, cfg)
	}
	return err
}
