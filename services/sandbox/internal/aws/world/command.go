package world

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/parley-ops/parley/services/sandbox/internal/aws/wire"
)

// How long a command and an automation take, in the world's time.
const (
	CommandTakes    = 5 * time.Second
	AutomationTakes = 6 * time.Second
)

// Documents are those of Systems Manager that the account has. One whose name has
// Fail in it fails; Parley-CleanDisk empties the disk of where it runs.
var Documents = []string{"AWS-RunShellScript", "AWS-RestartEC2Instance", "Parley-CleanDisk", "Parley-CollectGarbage", "Parley-FailAlways", "Parley-RestartService"}

// Command is one run of a document on instances.
type Command struct {
	ID, Document, Comment string
	Instances             []string
	Requested             time.Time

	token string
}

// Automation is one run of an automation document.
type Automation struct {
	ID, Document, By string
	Parameters       map[string]string
	Started          time.Time

	token string
}

// Status is the command's as of now: Pending, InProgress, Success or Failed.
func (c *Command) Status(now time.Time) string {
	switch age := now.Sub(c.Requested); {
	case age < time.Second:
		return "Pending"
	case age < CommandTakes:
		return "InProgress"
	}
	if fails(c.Document) {
		return "Failed"
	}
	return "Success"
}

// Status is the automation's as of now: InProgress, Success or Failed.
func (a *Automation) Status(now time.Time) string {
	if now.Sub(a.Started) < AutomationTakes {
		return "InProgress"
	}
	if fails(a.Document) {
		return "Failed"
	}
	return "Success"
}

func fails(document string) bool { return strings.Contains(document, "Fail") }

// Commands returns the commands that were sent, the oldest first.
func (w *World) Commands(k Key) []Command {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if p := w.places[k]; p != nil {
		return copies(p.commands)
	}
	return nil
}

// Automations returns the automations that were started, the oldest first.
func (w *World) Automations(k Key) []Automation {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if p := w.places[k]; p != nil {
		return copies(p.automations)
	}
	return nil
}

// SendCommand runs a document on instances. Errors: InvalidDocument,
// InvalidInstanceId for one that is not there or does not run.
func (w *World) SendCommand(k Key, document, comment string, instances []string) (Command, error) {
	c, err := do[*Command](w, Act{Key: k, Op: "command", IDs: instances, Args: map[string]string{"document": document, "comment": comment}})
	if err != nil {
		return Command{}, err
	}
	return *c, nil
}

// StartAutomation runs an automation document; with a client token that was used
// before, it returns that run. The error is AutomationDefinitionNotFoundException.
func (w *World) StartAutomation(k Key, document, by, token string, parameters map[string]string) (Automation, error) {
	args := map[string]string{"document": document, "by": by, "token": token}
	for name, v := range parameters {
		args["parameter:"+name] = v
	}
	a, err := do[*Automation](w, Act{Key: k, Op: "automation", Args: args})
	if err != nil {
		return Automation{}, err
	}
	return *a, nil
}

func uuid(a, b uint64) string {
	return fmt.Sprintf("%08x-%04x-4%03x-8%03x-%012x", a>>32, a>>16&0xffff, a&0xfff, b>>52, b&0xffffffffffff)
}

func sendCommand(w *World, p *place, a Act) (any, error) {
	document := a.Args["document"]
	if !slices.Contains(Documents, document) {
		return nil, wire.Errorf("InvalidDocument", "Document with name %s does not exist.", document)
	}
	for _, id := range a.IDs {
		if i := p.instance(id); i == nil || i.life.at(a.At).State != "running" {
			return nil, wire.Errorf("InvalidInstanceId", "Instances [[%s]] not in a valid state for account %s", id, p.Account)
		}
	}
	c := &Command{ID: uuid(w.fresh(0), w.fresh(1)), Document: document, Comment: a.Args["comment"], Instances: a.IDs, Requested: time.UnixMilli(a.At).UTC()}
	p.commands = append(p.commands, c)
	if len(p.commands) > 1000 {
		p.commands = p.commands[1:]
	}
	if document == "Parley-CleanDisk" {
		for _, id := range a.IDs {
			i := p.byID[id]
			i.cleaned = append(i.cleaned, after(a.At, CommandTakes)/1000)
		}
	}
	return c, nil
}

func startAutomation(w *World, p *place, a Act) (any, error) {
	document, token := a.Args["document"], a.Args["token"]
	for _, old := range p.automations {
		if token != "" && old.token == token {
			if old.Document != document {
				return nil, wire.Errorf("IdempotentParameterMismatch", "The client token was used with other parameters.")
			}
			return old, nil
		}
	}
	if !slices.Contains(Documents, document) {
		return nil, wire.Errorf("AutomationDefinitionNotFoundException", "Document with name %s does not exist.", document)
	}
	run := &Automation{
		ID: uuid(w.fresh(0), w.fresh(1)), Document: document, By: a.Args["by"], Parameters: map[string]string{},
		Started: time.UnixMilli(a.At).UTC(), token: token,
	}
	for name, v := range a.Args {
		if rest, ok := strings.CutPrefix(name, "parameter:"); ok {
			run.Parameters[rest] = v
		}
	}
	p.automations = append(p.automations, run)
	if len(p.automations) > 1000 {
		p.automations = p.automations[1:]
	}
	return run, nil
}
