package iam

import (
	"errors"
	"strings"
	"testing"
)

// decide evaluates one request against one document.
func decide(t *testing.T, document, action, resource string, context map[string][]string) Decision {
	t.Helper()
	p, err := Parse([]byte(document))
	if err != nil {
		t.Fatal(err)
	}
	d, _ := Decide([]Policy{p}, Request{Action: action, Resource: resource, Context: context})
	return d
}

func statement(rest string) string { return `{"Version":"2012-10-17","Statement":[` + rest + `]}` }

func TestDecide(t *testing.T) {
	t.Parallel()
	tags := func(pairs ...string) map[string][]string {
		m := map[string][]string{}
		for n := 0; n < len(pairs); n += 2 {
			m[pairs[n]] = append(m[pairs[n]], pairs[n+1])
		}
		return m
	}
	allow := func(condition string) string {
		return statement(`{"Effect":"Allow","Action":"ec2:*","Resource":"*","Condition":{` + condition + `}}`)
	}
	for _, v := range []struct {
		what, document, action, resource string
		context                          map[string][]string
		want                             Decision
	}{
		{"an action", statement(`{"Effect":"Allow","Action":"ec2:StopInstances","Resource":"*"}`), "ec2:stopinstances", "*", nil, Allowed},
		{"another action", statement(`{"Effect":"Allow","Action":"ec2:StopInstances","Resource":"*"}`), "ec2:StartInstances", "*", nil, Implicit},
		{"a pattern", statement(`{"Effect":"Allow","Action":["ec2:Describe*","ec2:St??Instances"],"Resource":"*"}`), "ec2:StopInstances", "*", nil, Allowed},
		{"a resource", statement(`{"Effect":"Allow","Action":"*","Resource":"arn:aws:lambda:*:*:function:parley-*"}`), "lambda:InvokeFunction", "arn:aws:lambda:eu-west-1:1:function:parley-x", nil, Allowed},
		{"another resource", statement(`{"Effect":"Allow","Action":"*","Resource":"arn:aws:lambda:*:*:function:parley-*"}`), "lambda:InvokeFunction", "arn:aws:lambda:eu-west-1:1:function:x", nil, Implicit},
		{"resources have case", statement(`{"Effect":"Allow","Action":"*","Resource":"arn:a"}`), "a:b", "arn:A", nil, Implicit},
		{"deny wins", statement(`{"Effect":"Deny","Action":"*","Resource":"*"},{"Effect":"Allow","Action":"*","Resource":"*"}`), "a:b", "*", nil, Denied},
		{"deny wins, later", statement(`{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"a:b","Resource":"*"}`), "a:b", "*", nil, Denied},
		{"NotAction", statement(`{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}`), "iam:PassRole", "*", nil, Implicit},
		{"NotResource", statement(`{"Effect":"Allow","Action":"*","NotResource":"arn:x"}`), "a:b", "arn:y", nil, Allowed},
		{"equal", allow(`"StringEquals":{"aws:ResourceTag/a":"1"}`), "ec2:x", "*", tags("aws:resourcetag/A", "1"), Allowed},
		{"unequal", allow(`"StringEquals":{"aws:ResourceTag/a":"1"}`), "ec2:x", "*", tags("aws:ResourceTag/a", "2"), Implicit},
		{"missing", allow(`"StringEquals":{"aws:ResourceTag/a":"1"}`), "ec2:x", "*", nil, Implicit},
		{"missing, if it exists", allow(`"StringEqualsIfExists":{"aws:ResourceTag/a":"1"}`), "ec2:x", "*", nil, Allowed},
		{"not equal of none", allow(`"StringNotEquals":{"aws:ResourceTag/a":"1"}`), "ec2:x", "*", nil, Allowed},
		{"both of two", allow(`"StringEquals":{"a":"1","b":"2"}`), "ec2:x", "*", tags("a", "1"), Implicit},
		{"one of two values", allow(`"StringEquals":{"a":["1","2"]}`), "ec2:x", "*", tags("a", "2"), Allowed},
		{"null, absent", allow(`"Null":{"aws:TagKeys":"true"}`), "ec2:x", "*", nil, Allowed},
		{"null, there", allow(`"Null":{"aws:TagKeys":"true"}`), "ec2:x", "*", tags("aws:TagKeys", "a"), Implicit},
		{"not null", allow(`"Null":{"aws:TagKeys":"false"}`), "ec2:x", "*", tags("aws:TagKeys", "a"), Allowed},
		{"for all", allow(`"ForAllValues:StringEquals":{"k":["a","b"]}`), "ec2:x", "*", tags("k", "a", "k", "b"), Allowed},
		{"for all but one", allow(`"ForAllValues:StringEquals":{"k":["a","b"]}`), "ec2:x", "*", tags("k", "a", "k", "c"), Implicit},
		{"for all of none", allow(`"ForAllValues:StringEquals":{"k":["a"]}`), "ec2:x", "*", nil, Allowed},
		{"for any", allow(`"ForAnyValue:StringEquals":{"k":["a"]}`), "ec2:x", "*", tags("k", "z", "k", "a"), Allowed},
		{"for any of none", allow(`"ForAnyValue:StringEquals":{"k":["a"]}`), "ec2:x", "*", nil, Implicit},
		{"like", allow(`"StringLike":{"k":"par*"}`), "ec2:x", "*", tags("k", "parley"), Allowed},
		{"bool", allow(`"Bool":{"aws:SecureTransport":true}`), "ec2:x", "*", tags("aws:SecureTransport", "true"), Allowed},
	} {
		if got := decide(t, v.document, v.action, v.resource, v.context); got != v.want {
			t.Errorf("%s: %v, want %v", v.what, got, v.want)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for what, document := range map[string]string{
		"no JSON": "{", "no version": `{"Statement":[]}`, "no statement": `{"Version":"2012-10-17","Statement":[]}`,
		"an unknown element": statement(`{"Effect":"Allow","Action":"*","Resource":"*","Conditions":{}}`),
		"an effect":          statement(`{"Effect":"allow","Action":"*","Resource":"*"}`),
		"no action":          statement(`{"Effect":"Allow","Resource":"*"}`),
		"no resource":        statement(`{"Effect":"Allow","Action":"*"}`),
		"an action's form":   statement(`{"Effect":"Allow","Action":"StopInstances","Resource":"*"}`),
		"an operator":        statement(`{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"NumericLessThan":{"a":"1"}}}`),
		"a variable":         statement(`{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"a":"${aws:username}"}}}`),
		"two documents":      statement(`{"Effect":"Allow","Action":"*","Resource":"*"}`) + "{}",
		"length":             statement(`{"Sid":"` + strings.Repeat("x", MaxBytes) + `","Effect":"Allow","Action":"*","Resource":"*"}`),
	} {
		if _, err := Parse([]byte(document)); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(statement(`{"Effect":"Allow","Action":["ec2:*"],"Resource":"arn:aws:ec2:*:*:instance/*","Condition":{"StringEquals":{"aws:ResourceTag/parley:actions":"allowed"}}}`)), "ec2:StopInstances", "arn:aws:ec2:eu-west-1:1:instance/i-1", "allowed")
	f.Add([]byte(statement(`{"Effect":"Deny","NotAction":"a:*b?c","NotResource":["*x*","y"],"Condition":{"ForAllValues:StringNotLike":{"aws:ResourceTag/parley:actions":["*","?"]},"Null":{"b":"true"}}}`)), "a:b", "*", "")
	f.Fuzz(func(t *testing.T, document []byte, action, resource, tag string) {
		p, err := Parse(document)
		if err != nil {
			if !errors.Is(err, ErrMalformed) {
				t.Fatalf("another error: %v", err)
			}
			return
		}
		r := Request{Action: action, Resource: resource, Context: map[string][]string{"aws:ResourceTag/parley:actions": {tag}}}
		one, _ := Decide([]Policy{p}, r)
		if again, _ := Decide([]Policy{p}, r); again != one {
			t.Fatal("two decisions")
		}
		everything := Policy{Statement: Statements{{Effect: "Deny", Action: Strings{"*"}, Resource: Strings{"*"}}}}
		if d, _ := Decide([]Policy{p, everything}, r); d != Denied {
			t.Fatalf("a deny of everything gives %v", d)
		}
	})
}

func FuzzLike(f *testing.F) {
	f.Add("a*b?c", "axxbyc")
	f.Add("**", "")
	f.Add("?", "é")
	f.Fuzz(func(t *testing.T, pattern, s string) {
		if !strings.ContainsAny(pattern, "*?") && Like(pattern, s) != (pattern == s) {
			t.Errorf("%q on %q", pattern, s)
		}
		if !Like("*"+strings.ReplaceAll(s, "*", "?")+"*", s) && !strings.Contains(s, "*") {
			t.Errorf("%q is not in itself", s)
		}
	})
}
