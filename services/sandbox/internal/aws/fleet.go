package aws

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/parley-ops/parley/services/sandbox/internal/aws/world"
)

// FleetOrder is the body of POST /sandbox/fleet: either makes instances, or drives
// those that are named.
type FleetOrder struct {
	Account string `json:"account"` // empty is the shop
	Region  string `json:"region"`  // empty is eu-west-1

	Instances int               `json:"instances"` // how many to make, with ten metrics each
	Prefix    string            `json:"prefix"`    // of their names; empty is fleet
	Type      string            `json:"type"`      // empty is m5.large
	Detailed  bool              `json:"detailed"`  // points each minute, not every five
	Idle      bool              `json:"idle"`      // nobody uses them
	Days      int               `json:"days"`      // how long they have been running; 0 is 30
	Tags      map[string]string `json:"tags"`

	Action string   `json:"action"` // busy, idle, usual, fail, ok, stop, start or remove
	ID     string   `json:"id"`     // of an instance, or its name
	IDs    []string `json:"ids"`    // several
}

// FleetCount is what one account has in one region.
type FleetCount struct {
	Account   string         `json:"account"`
	Region    string         `json:"region"`
	Resources map[string]int `json:"resources"` // by type
	Running   int            `json:"running_instances"`
	Synthetic int            `json:"synthetic_instances"` // not terminated
	Metrics   int            `json:"metrics"`
}

// FleetInstance is one that was made or driven.
type FleetInstance struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Type  string `json:"type"`
	State string `json:"state"`
}

// Fleet serves /sandbox/fleet: GET lists apps, and counts what the accounts have;
// POST takes a [FleetOrder]; DELETE terminates all synthetic instances.
func (a *Account) Fleet(apps func() any) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /sandbox/fleet", func(rw http.ResponseWriter, _ *http.Request) {
		say(rw, map[string]any{"ok": true, "apps": apps(), "accounts": a.count()})
	})
	mux.HandleFunc("POST /sandbox/fleet", func(rw http.ResponseWriter, r *http.Request) {
		var order FleetOrder
		err := read(r, &order)
		if err == nil {
			var answer map[string]any
			if answer, err = a.order(order); err == nil {
				say(rw, answer)
				return
			}
		}
		refuse(rw, err)
	})
	mux.HandleFunc("DELETE /sandbox/fleet", func(rw http.ResponseWriter, _ *http.Request) {
		n, err := a.clear()
		if err != nil {
			refuse(rw, err)
			return
		}
		say(rw, map[string]any{"ok": true, "removed": n, "accounts": a.count()})
	})
	return mux
}

// by is who does what is asked for here, in the account's own record.
const by = "sandbox"

// order does what was asked for, and returns what came of it.
func (a *Account) order(o FleetOrder) (map[string]any, error) {
	k := world.Key{Account: o.Account, Region: o.Region}
	if k.Account == "" {
		k.Account = world.Home
	}
	if k.Region == "" {
		k.Region = "eu-west-1"
	}
	if !slices.ContainsFunc(a.world.Places(), func(p world.Key) bool { return p.Account == k.Account }) {
		return nil, fmt.Errorf("there is no account %q here: %s (shop) and %s (data) have fleets", k.Account, world.Home, world.Data)
	}
	var list []world.Instance
	var err error
	made := 0
	switch {
	case o.Action == "" && o.Instances == 0:
		return nil, errors.New(`say how many instances to make, {"instances": 100}, or what to do with one, {"action": "busy", "id": "i-…"}`)
	case o.Action == "":
		made = o.Instances
		list, err = a.world.AddSynthetic(k, world.Synthetic{Instances: o.Instances, Prefix: o.Prefix, Type: o.Type,
			Detailed: o.Detailed, Idle: o.Idle, Days: o.Days, Tags: o.Tags})
	default:
		list, err = a.act(k, o)
	}
	if err != nil {
		return nil, err
	}
	instances := make([]FleetInstance, len(list))
	for n, i := range list {
		instances[n] = FleetInstance{ID: i.ID, Name: i.Name, Type: i.Type, State: i.State}
	}
	return map[string]any{"ok": true, "account": k.Account, "region": k.Region, "made": made, "metrics_made": made * world.SyntheticMetrics,
		"instances": instances}, nil
}

// act drives instances, and returns how they are afterwards.
func (a *Account) act(k world.Key, o FleetOrder) ([]world.Instance, error) {
	ids := o.IDs
	if o.ID != "" {
		ids = append(ids, o.ID)
	}
	if len(ids) == 0 {
		return nil, errors.New(`name the instances: "id" or "ids"`)
	}
	for n, id := range ids {
		for _, i := range a.world.Instances(k) {
			if i.Name == id {
				ids[n] = i.ID
			}
		}
	}
	var err error
	switch {
	case o.Action == "stop":
		_, err = a.world.StopInstances(k, ids, by)
	case o.Action == "start":
		_, err = a.world.StartInstances(k, ids, by)
	case o.Action == "remove":
		_, err = a.world.TerminateInstances(k, ids, by)
	case slices.Contains(world.Drives(), o.Action):
		err = a.world.Drive(k, ids, o.Action)
	default:
		err = fmt.Errorf("action %q is none of %s, stop, start, remove", o.Action, strings.Join(world.Drives(), ", "))
	}
	if err != nil {
		return nil, err
	}
	return a.world.CheckInstances(k, ids)
}

// clear terminates the synthetic instances, and returns how many.
func (a *Account) clear() (n int, err error) {
	for _, k := range a.world.Places() {
		var ids []string
		for _, i := range a.world.Instances(k) {
			if i.Synthetic && i.State != "terminated" && i.State != "shutting-down" {
				ids = append(ids, i.ID)
			}
		}
		if len(ids) == 0 {
			continue
		}
		if _, err := a.world.TerminateInstances(k, ids, by); err != nil {
			return n, err
		}
		n += len(ids)
	}
	return n, nil
}

// count counts what there is.
func (a *Account) count() []FleetCount {
	var all []FleetCount
	for _, k := range a.world.Places() {
		c := FleetCount{Account: k.Account, Region: k.Region, Resources: map[string]int{}, Metrics: a.world.Size(k)}
		for _, r := range a.world.Resources(k) {
			c.Resources[r.Type]++
		}
		for _, i := range a.world.Instances(k) {
			if i.State == "running" {
				c.Running++
			}
			if i.Synthetic && i.State != "terminated" && i.State != "shutting-down" {
				c.Synthetic++
			}
		}
		all = append(all, c)
	}
	return all
}
