package world

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"time"

	"github.com/parley-ops/parley/services/sandbox/internal/aws/wire"
)

// Act is one thing that was done: the log of them, with the seed and the start, is
// the state of the world.
type Act struct {
	At   int64 `json:"at"` // Unix milliseconds, in the world's time
	Key  `json:"in"`
	Op   string            `json:"op"`
	IDs  []string          `json:"ids,omitempty"`
	Args map[string]string `json:"args,omitempty"`
}

// header is the first line of the state file.
type header struct {
	Version int    `json:"version"`
	Seed    uint64 `json:"seed"`
	Start   int64  `json:"start"`
}

// maxActs bounds the log in memory and in the file; what is done beyond is done, but
// not remembered across a restart.
const maxActs = 100_000

// operation changes a place, or returns why it cannot; then nothing has changed.
type operation func(w *World, p *place, a Act) (any, error)

// operations is every act by name. A function, because operations refer to the World
// whose methods refer to them.
func operations() map[string]operation {
	return map[string]operation{
		"run": runInstances, "start": startInstances, "stop": stopInstances, "reboot": rebootInstances,
		"terminate": terminateInstances, "tag": tag, "untag": untag, "desired": setDesired,
		"stop-db": stopDatabase, "start-db": startDatabase, "update-service": updateService,
		"fleet": addSynthetic, "drive": driveInstances, "command": sendCommand, "automation": startAutomation, "invoke": invoked,
	}
}

// do applies an act now and remembers it. Result is what the operation returned.
func do[Result any](w *World, a Act) (Result, error) {
	a.At = w.Now().UnixMilli()
	w.mu.Lock()
	defer w.mu.Unlock()
	var none Result
	result, err := w.apply(a)
	if err != nil {
		return none, err
	}
	if err := w.remember(a); err != nil {
		return none, err
	}
	return result.(Result), nil
}

func (w *World) apply(a Act) (any, error) {
	op := w.operations[a.Op]
	if op == nil {
		return nil, fmt.Errorf("act %q is not known", a.Op)
	}
	p := w.places[a.Key]
	if p == nil { // kept only if something was done there
		if !slices.Contains(Regions, a.Region) {
			return nil, &wire.Error{Code: "OptInRequired", Status: 403, Message: "You are not subscribed to this service in the region " + a.Region + "."}
		}
		p = newPlace(a.Key)
	}
	result, err := op(w, p, a)
	if err == nil {
		w.acts++
		w.places[a.Key] = p
	}
	return result, err
}

// fresh is a number that no other act, and no other n of this act, has.
func (w *World) fresh(n int) uint64 { return mix(w.seed ^ mix(uint64(w.acts)<<16|uint64(n))) }

func (w *World) remember(a Act) error {
	if w.file == nil || w.acts > maxActs {
		return nil
	}
	line, err := json.Marshal(a)
	if err != nil {
		return fmt.Errorf("encode what was done: %w", err)
	}
	if _, err := w.file.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("save what was done: %w", err)
	}
	return nil
}

// load reads the state file, if there is one: its header, before the fleet exists.
func load(path string) (h header, acts []Act, err error) {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return h, nil, nil
	}
	if err != nil {
		return h, nil, err
	}
	defer func() { _ = file.Close() }()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan() && n <= maxActs; n++ {
		if n == 1 {
			if err := json.Unmarshal(lines.Bytes(), &h); err != nil || h.Version != 1 {
				return h, nil, fmt.Errorf("%s is no state of this version; remove it to start anew", path)
			}
			continue
		}
		var a Act
		if json.Unmarshal(lines.Bytes(), &a) != nil {
			break // the last line of a process that was killed
		}
		acts = append(acts, a)
	}
	return h, acts, lines.Err()
}

// resume replays acts, and opens the file for the next.
func (w *World) resume(path string, acts []Act) error {
	known := acts[:0]
	for _, a := range acts {
		if _, err := w.apply(a); err == nil { // of an older fleet: its resource is gone
			known = append(known, a)
		}
	}
	part := path + ".part"
	file, err := os.OpenFile(part, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("save what was done: %w", err)
	}
	w.file = file
	first, err := json.Marshal(header{Version: 1, Seed: w.seed, Start: w.start})
	if err != nil {
		return fmt.Errorf("encode what was done: %w", err)
	}
	if _, err := file.Write(append(first, '\n')); err != nil {
		return fmt.Errorf("save what was done: %w", err)
	}
	for _, a := range known {
		if err := w.remember(a); err != nil {
			return err
		}
	}
	return os.Rename(part, path)
}

// Close closes the state file.
func (w *World) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.file == nil {
		return nil
	}
	file := w.file
	w.file = nil
	return file.Close()
}

// Event is something that happened, or is about to, in a region of an account.
type Event struct {
	Key
	ID         string    // a UUID
	At         time.Time // in the world's time; may lie ahead
	Source     string    // aws.ec2
	DetailType string    // EC2 Instance State-change Notification
	Resources  []string  // ARNs
	Detail     map[string]any
}

// OnEvent lets f hear of every event from now on. It is called within the operation
// that causes the event, and must not call the World.
func (w *World) OnEvent(f func(Event)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.listen = append(slices.Clone(w.listen), f)
}

func (w *World) tell(e Event) {
	a := mix(hashString(w.seed^uint64(e.At.UnixNano()), e.DetailType+e.Resources[0]+fmt.Sprint(e.Detail)))
	e.ID = uuid(a, mix(a))
	for _, f := range w.listen {
		f(e)
	}
}
