package identity

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/resourcegroupstaggingapi"

	"github.com/parley-ops/parley/services/collector/catalog"
	"github.com/parley-ops/parley/services/internal/account"
)

const (
	// readEvery is how long tags are good for; retryAfter is when they are tried
	// again when they could not be read, readWithin how long that may take.
	readEvery  = time.Hour
	retryAfter = 5 * time.Minute
	readWithin = 20 * time.Second
	// maxPages bounds a reading: 100 resources a page.
	maxPages = 2000
)

// tags are those of all resources from which something came.
type tags struct {
	accounts *account.Set
	log      *slog.Logger

	mu      sync.Mutex
	regions map[place]*region
}

type place struct{ account, region string }

// region is what is known of one account in one region.
type region struct {
	turn chan struct{} // held by who reads

	mu       sync.Mutex
	next     time.Time // when they are read again
	known    bool
	services map[string]tagged // by name
}

// tagged are the tags of one service's resources.
type tagged struct {
	names []string // of the dimensions that make a resource, sorted
	tags  map[string]map[string]string
}

// key returns the values of those dimensions.
func (s tagged) key(dims map[string]string) string {
	var b strings.Builder
	for _, n := range s.names {
		b.WriteString(dims[n])
		b.WriteByte(0)
	}
	return b.String()
}

func newTags(accounts *account.Set, log *slog.Logger) *tags {
	return &tags{accounts: accounts, log: log, regions: map[place]*region{}}
}

// of returns the tags of a resource, and whether those of its region could ever
// be read.
func (t *tags) of(ctx context.Context, a account.Account, r Resource) (map[string]string, bool) {
	if t.accounts == nil {
		return nil, false
	}
	service, ok := catalog.Default().Service(r.Service)
	if !ok || service.TagType == "" {
		return nil, false
	}
	t.mu.Lock()
	at := place{a.ID, r.Region}
	reg := t.regions[at]
	if reg == nil {
		reg = &region{turn: make(chan struct{}, 1)}
		t.regions[at] = reg
	}
	t.mu.Unlock()

	if reg.due() {
		select {
		case reg.turn <- struct{}{}:
			if reg.due() { // nobody was faster
				t.read(ctx, a, r.Region, reg)
			}
			<-reg.turn
		case <-ctx.Done():
		}
	}
	reg.mu.Lock()
	defer reg.mu.Unlock()
	known := reg.services[r.Service]
	return known.tags[known.key(r.Dimensions)], reg.known
}

func (r *region) due() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return !time.Now().Before(r.next)
}

// read asks for the tags of everything that has any.
func (t *tags) read(ctx context.Context, a account.Account, name string, reg *region) {
	ctx, cancel := context.WithTimeout(ctx, readWithin)
	defer cancel()
	found, err := t.list(ctx, a, name)
	reg.mu.Lock()
	defer reg.mu.Unlock()
	if err != nil {
		reg.next = time.Now().Add(retryAfter)
		if !errors.Is(err, context.Canceled) {
			t.log.Warn("tags of what AWS pushes are not read: its samples have the labels that were known, or none of tags", "err", err)
		}
		return
	}
	reg.services, reg.known, reg.next = found, true, time.Now().Add(readEvery)
}

func (t *tags) list(ctx context.Context, a account.Account, name string) (map[string]tagged, error) {
	conf, err := t.accounts.AWS(ctx, a, name, account.Read, "")
	if err != nil {
		return nil, err
	}
	services := catalog.Services()
	var types []string
	for _, s := range services {
		if s.TagType != "" && !slices.Contains(types, s.TagType) {
			types = append(types, s.TagType)
		}
	}
	client := resourcegroupstaggingapi.NewFromConfig(conf)
	found := map[string]tagged{}
	in := &resourcegroupstaggingapi.GetResourcesInput{ResourceTypeFilters: types, ResourcesPerPage: aws.Int32(100)}
	for range maxPages {
		answer, err := client.GetResources(ctx, in)
		if err != nil {
			return nil, account.Explain(err, a, name, "tag:GetResources")
		}
		for _, r := range answer.ResourceTagMappingList {
			values := make(map[string]string, len(r.Tags))
			for _, x := range r.Tags {
				values[aws.ToString(x.Key)] = aws.ToString(x.Value)
			}
			for i := range services {
				dims, ok := services[i].Resource(aws.ToString(r.ResourceARN))
				if !ok {
					continue
				}
				of, ok := found[services[i].Name]
				if !ok {
					of = tagged{slices.Sorted(maps.Keys(dims)), map[string]map[string]string{}}
					found[services[i].Name] = of
				}
				of.tags[of.key(dims)] = values
			}
		}
		if aws.ToString(answer.PaginationToken) == "" {
			return found, nil
		}
		in.PaginationToken = answer.PaginationToken
	}
	return nil, fmt.Errorf("account %s, %s, tag:GetResources: more than %d pages", a, name, maxPages)
}
