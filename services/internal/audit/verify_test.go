package audit

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/timestamppb"

	eventv1 "github.com/parley-ops/parley/proto/event/v1"
	"github.com/parley-ops/parley/services/internal/bus"
)

var noon = time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)

// chain returns n records, a second apart from noon on.
func chain(n int) []*eventv1.AuditRecord {
	var head *eventv1.AuditHead
	var out []*eventv1.AuditRecord
	for i := range n {
		r := After(head, &eventv1.AuditRecord{Id: fmt.Sprint("r", i+1), At: timestamppb.New(noon.Add(time.Duration(i) * time.Second)), What: "acknowledged",
			Target: "3f9a27c1", Actor: &eventv1.Actor{Backend: "slack", Person: &eventv1.Person{Id: "U1", Name: "ann"}, Groups: []string{"@ops", "@all"}},
			Labels: []*eventv1.Label{{Name: "account", Value: "111122223333"}}})
		out, head = append(out, r), headOf(r)
	}
	return out
}

func TestNothingCanBeTamperedWithUnseen(t *testing.T) {
	t.Parallel()
	good := chain(10)
	f := func(name string, tamper func([]*eventv1.AuditRecord) []*eventv1.AuditRecord, heads []*eventv1.AuditHead, want string) {
		t.Helper()
		rs := chain(10)
		v := NewVerifier(heads)
		var err error
		for i, r := range tamper(rs) {
			if err = v.Add(r, fmt.Sprint("AUDIT #", i+1)); err != nil {
				break
			}
		}
		if err == nil {
			err = v.Whole(noon.Add(time.Hour))
		}
		var b *Break
		switch {
		case want == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case want != "" && (!errors.As(err, &b) || !strings.Contains(err.Error(), want)):
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}
	type rs = []*eventv1.AuditRecord
	all := []*eventv1.AuditHead{headOf(good[9])}
	f("as it was", func(r rs) rs { return r }, all, "")
	f("before the chain", func(r rs) rs { return append(rs{{Id: "old"}, {Id: "older"}}, r...) }, all, "")
	f("changed", func(r rs) rs { r[4].Reason = "another"; return r }, nil, "AUDIT #5, record r5 of 2026-01-01T12:00:04Z: its content is not what its hash was made of")
	f("changed and hashed anew", func(r rs) rs { r[4].Reason = "another"; r[4].Chain.Hash = Sum(r[4]); return r }, nil, "AUDIT #6, record r6 of 2026-01-01T12:00:05Z: it does not follow the record before it")
	f("dropped", func(r rs) rs { return slices.Delete(r, 3, 4) }, nil, "it has position 5 and follows position 3: 1 record is missing")
	f("several dropped", func(r rs) rs { return slices.Delete(r, 3, 6) }, nil, "3 records are missing")
	f("swapped", func(r rs) rs { r[3], r[4] = r[4], r[3]; return r }, nil, "AUDIT #4, record r5 of 2026-01-01T12:00:04Z: it has position 5 and follows position 3")
	f("twice", func(r rs) rs { return slices.Insert(r, 4, r[3]) }, nil, "it has position 4 and follows position 4")
	f("inserted with a chain", func(r rs) rs {
		return slices.Insert(r, 4, After(headOf(r[3]), &eventv1.AuditRecord{Id: "forged"}))
	}, nil, "it has position 5 and follows position 5")
	f("inserted without a chain", func(r rs) rs { return slices.Insert(r, 4, &eventv1.AuditRecord{Id: "forged"}) }, nil, "it has no place in the chain")
	f("chain taken off", func(r rs) rs { r[4].Chain = nil; return r }, nil, "it has no place in the chain")
	f("truncated at the end", func(r rs) rs { return r[:7] }, all, "a head was noted at position 10 and the last record has position 7: 3 records are missing at the end")
	f("all gone", func(rs) rs { return nil }, all, "10 records are missing at the end")
	f("all chains taken off", func(r rs) rs {
		for _, x := range r {
			x.Chain = nil
		}
		return r
	}, all, "10 records are missing at the end")
	f("truncated at the beginning", func(r rs) rs { return r[3:] }, all, "the first record has position 4 and the one before it is of 2026-01-01T12:00:02Z: 3 records are missing at the beginning")
	f("made anew from the fifth on", func(r rs) rs {
		head := headOf(r[3])
		for i := 4; i < len(r); i++ {
			r[i] = After(head, &eventv1.AuditRecord{Id: "forged"})
			head = headOf(r[i])
		}
		return r
	}, all, "the head that was noted at position 10 has another hash")
	f("another first", func(r rs) rs { r[0] = After(&eventv1.AuditHead{Hash: []byte("x")}, r[0]); return r }, nil, "names one before it")
	f("position nought", func(r rs) rs { r[0].Chain.Position = 0; r[0].Chain.Hash = Sum(r[0]); return r }, nil, "it says to be the first")
	f("from a newer version", func(r rs) rs { r[2].ProtoReflect().SetUnknown([]byte{0xf8, 0x07, 1}); return r }, nil, "newer version of Parley")
}

func TestWhatGrewTooOldIsNotMissed(t *testing.T) {
	t.Parallel()
	rs := chain(5)
	v := NewVerifier([]*eventv1.AuditHead{headOf(rs[1]), headOf(rs[4])})
	for _, r := range rs[3:] {
		if err := v.Add(r, ""); err != nil {
			t.Fatal(err)
		}
	}
	if err := v.Whole(noon.Add(bus.AuditLog.MaxAge + 2*time.Hour)); err != nil {
		t.Errorf("401 days later: %v", err)
	}
	if err := v.Whole(noon.Add(bus.AuditLog.MaxAge - 2*time.Hour)); err == nil {
		t.Error("399 days later nothing was missed")
	}
	if got := v.Unseen([]*eventv1.AuditHead{headOf(rs[1]), headOf(rs[4])}); len(got) != 1 || got[0].GetPosition() != 2 {
		t.Errorf("unseen %v", got)
	}
	// All of it went with time, heads and all.
	if err := NewVerifier([]*eventv1.AuditHead{headOf(rs[4])}).Whole(noon.Add(bus.AuditLog.MaxAge + 2*time.Hour)); err != nil {
		t.Error(err)
	}
}

// Whatever field a record has or gets, it is in the hash.
func TestEveryFieldIsInTheHash(t *testing.T) {
	t.Parallel()
	base := chain(2)[1]
	seen := map[string]string{string(Sum(base)): "nothing"}
	var walk func(path string, m func(r *eventv1.AuditRecord) protoreflect.Message)
	walk = func(path string, of func(r *eventv1.AuditRecord) protoreflect.Message) {
		fields := of(base).Descriptor().Fields()
		for i := range fields.Len() {
			fd, name := fields.Get(i), path+"."+string(fields.Get(i).Name())
			if fd.FullName() == hashField {
				continue
			}
			if fd.Kind() == protoreflect.MessageKind && !fd.IsList() {
				walk(name, func(r *eventv1.AuditRecord) protoreflect.Message { return of(r).Mutable(fd).Message() })
				continue
			}
			r := proto.CloneOf(base)
			m := of(r)
			switch {
			case fd.IsList() && fd.Kind() == protoreflect.MessageKind:
				m.Mutable(fd).List().AppendMutable()
			case fd.IsList():
				m.Mutable(fd).List().Append(protoreflect.ValueOfString("@more"))
			default:
				m.Set(fd, map[protoreflect.Kind]protoreflect.Value{
					protoreflect.StringKind: protoreflect.ValueOfString("other"), protoreflect.BytesKind: protoreflect.ValueOfBytes([]byte("other")),
					protoreflect.Uint64Kind: protoreflect.ValueOfUint64(77), protoreflect.Int64Kind: protoreflect.ValueOfInt64(77), protoreflect.Int32Kind: protoreflect.ValueOfInt32(77),
				}[fd.Kind()])
			}
			sum := string(Sum(r))
			if before := seen[sum]; before != "" {
				t.Errorf("a change of %s has the hash of %s", name, before)
			}
			seen[sum] = name
		}
	}
	walk("record", func(r *eventv1.AuditRecord) protoreflect.Message { return r.ProtoReflect() })
	if len(seen) < 18 {
		t.Errorf("only %d fields were looked at", len(seen))
	}
}

// What doc.go promises to those who verify without this package.
func TestTheCanonicalForm(t *testing.T) {
	t.Parallel()
	r := After(nil, &eventv1.AuditRecord{Id: "a", At: timestamppb.New(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))})
	if got, want := string(canonical(nil, r.ProtoReflect())), "1=1:a;2=16:1=10:1767225600;;11=6:1=1:1;;"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	// printf 'parley audit 1\n1=1:a;2=16:1=10:1767225600;;11=6:1=1:1;;' | sha256sum
	if got, want := HeadText(headOf(r)), "1:"+golden; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	back, err := ParseHead(HeadText(headOf(r)))
	if err != nil || HeadText(back) != HeadText(headOf(r)) {
		t.Errorf("%v %v", back, err)
	}
	for _, bad := range []string{"", "1", "1:", "0:" + golden, "x:" + golden, "1:" + golden[2:], "1:" + golden + "zz"} {
		if _, err := ParseHead(bad); err == nil {
			t.Errorf("head %q was taken", bad)
		}
	}
}

const golden = "da84682b8fb5262d59842fc7b2ff5437a61da32d130670bd2e01a507d92ef832"
