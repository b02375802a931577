package iam

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// ErrMalformed is returned for a document that is no policy, or one with an element
// that this package does not evaluate.
var ErrMalformed = errors.New("malformed policy document")

// MaxBytes is the longest document: AWS's limit for all inline policies of a role.
const MaxBytes = 10_240

// Policy is a document of statements.
type Policy struct {
	Version   string     `json:"Version"`
	ID        string     `json:"Id,omitempty"`
	Statement Statements `json:"Statement"`
}

// Statements are one statement or a list of them.
type Statements []Statement

// Statement allows or denies actions on resources where its conditions hold.
type Statement struct {
	Sid         string                        `json:"Sid,omitempty"`
	Effect      string                        `json:"Effect"` // Allow or Deny
	Principal   map[string]Strings            `json:"Principal,omitempty"`
	Action      Strings                       `json:"Action,omitempty"`
	NotAction   Strings                       `json:"NotAction,omitempty"`
	Resource    Strings                       `json:"Resource,omitempty"`
	NotResource Strings                       `json:"NotResource,omitempty"`
	Condition   map[string]map[string]Strings `json:"Condition,omitempty"`
}

// Strings are one string or a list of them.
type Strings []string

// UnmarshalJSON takes a string or a list of strings.
func (s *Strings) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '[' {
		return json.Unmarshal(data, (*[]string)(s))
	}
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		return err
	}
	switch v := v.(type) {
	case string:
		*s = Strings{v}
	case bool: // of a condition: {"Bool": {"aws:SecureTransport": true}}
		*s = Strings{fmt.Sprint(v)}
	default:
		return fmt.Errorf("%s is neither a string nor a list of strings", data)
	}
	return nil
}

// UnmarshalJSON takes a statement or a list of statements.
func (s *Statements) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '[' {
		return strict(data, (*[]Statement)(s))
	}
	var single Statement
	if err := strict(data, &single); err != nil {
		return err
	}
	*s = Statements{single}
	return nil
}

func strict(data []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	return d.Decode(into)
}

// Parse reads a document. It returns ErrMalformed with the reason.
func Parse(data []byte) (Policy, error) {
	if len(data) > MaxBytes {
		return Policy{}, fmt.Errorf("%w: longer than %d bytes", ErrMalformed, MaxBytes)
	}
	var p Policy
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&p); err != nil {
		return Policy{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if d.More() {
		return Policy{}, fmt.Errorf("%w: more follows the document", ErrMalformed)
	}
	if p.Version != "2012-10-17" && p.Version != "2008-10-17" {
		return Policy{}, fmt.Errorf("%w: Version %q is not 2012-10-17", ErrMalformed, p.Version)
	}
	if len(p.Statement) == 0 {
		return Policy{}, fmt.Errorf("%w: no Statement", ErrMalformed)
	}
	for i, s := range p.Statement {
		if err := s.check(); err != nil {
			return Policy{}, fmt.Errorf("%w: statement %d %s: %w", ErrMalformed, i+1, s.Sid, err)
		}
	}
	return p, nil
}

func (s Statement) check() error {
	switch {
	case s.Effect != "Allow" && s.Effect != "Deny":
		return fmt.Errorf("Effect %q is neither Allow nor Deny", s.Effect)
	case (len(s.Action) == 0) == (len(s.NotAction) == 0):
		return errors.New("it needs Action or NotAction, and not both")
	case len(s.Resource) > 0 && len(s.NotResource) > 0:
		return errors.New("it has both Resource and NotResource")
	case s.Principal == nil && len(s.Resource) == 0 && len(s.NotResource) == 0:
		return errors.New("it needs a Resource")
	}
	for _, list := range []Strings{s.Action, s.NotAction} {
		for _, a := range list {
			if service, name, ok := strings.Cut(a, ":"); a != "*" && (!ok || service == "" || name == "") {
				return fmt.Errorf("%q is no action; give service:Name", a)
			}
		}
	}
	for operator, keys := range s.Condition {
		if _, err := parseOperator(operator); err != nil {
			return err
		}
		for key, values := range keys {
			for _, v := range values {
				if strings.Contains(v, "${") {
					return fmt.Errorf("condition %s %s: variables are not known here", operator, key)
				}
			}
		}
	}
	return nil
}
