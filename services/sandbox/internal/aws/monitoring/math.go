package monitoring

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// expression is metric math: + - * / ^ and parentheses over numbers and ids.
type expression struct {
	root *node
	ids  []string
}

// node is an operator with its operands, an id, or a number.
type node struct {
	op          byte // 0 for a leaf
	left, right *node
	id          string // empty for a number
	number      float64
}

const maxNodes = 200 // of one expression

// parseExpression parses text. Its errors say what the local account does not know.
func parseExpression(text string) (*expression, error) {
	p := &parser{text: text, seen: map[string]bool{}}
	root, err := p.sum(0)
	if err != nil {
		return nil, err
	}
	if p.skip(); p.at < len(p.text) {
		return nil, fmt.Errorf("unexpected %q at position %d", p.text[p.at:], p.at)
	}
	if len(p.ids) == 0 {
		return nil, errors.New("the expression must return a time series; name at least one query")
	}
	return &expression{root: root, ids: p.ids}, nil
}

type parser struct {
	text  string
	at    int
	nodes int
	ids   []string
	seen  map[string]bool
}

func (p *parser) skip() {
	for p.at < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.at]) >= 0 {
		p.at++
	}
}

// next is the next character that is no space; 0 at the end.
func (p *parser) next() byte {
	if p.skip(); p.at < len(p.text) {
		return p.text[p.at]
	}
	return 0
}

func (p *parser) add(n *node) (*node, error) {
	if p.nodes++; p.nodes > maxNodes {
		return nil, fmt.Errorf("more than %d operators and operands", maxNodes)
	}
	return n, nil
}

// chain parses operands joined by operators of one rank.
func (p *parser) chain(operators string, operand func(int) (*node, error), depth int) (*node, error) {
	left, err := operand(depth)
	for err == nil && p.next() != 0 && strings.IndexByte(operators, p.next()) >= 0 {
		op := p.next()
		p.at++
		var right *node
		if right, err = operand(depth); err == nil {
			left, err = p.add(&node{op: op, left: left, right: right})
		}
	}
	return left, err
}

func (p *parser) sum(depth int) (*node, error)     { return p.chain("+-", p.product, depth) }
func (p *parser) product(depth int) (*node, error) { return p.chain("*/", p.power, depth) }
func (p *parser) power(depth int) (*node, error)   { return p.chain("^", p.value, depth) }

func (p *parser) value(depth int) (*node, error) {
	if depth > maxChain {
		return nil, errors.New("nested too deep")
	}
	c := p.next()
	switch {
	case c == 0:
		return nil, errors.New("the expression ends too early")
	case c == '-':
		p.at++
		of, err := p.value(depth + 1)
		if err != nil {
			return nil, err
		}
		return p.add(&node{op: '-', left: &node{}, right: of})
	case c == '(':
		p.at++
		inner, err := p.sum(depth + 1)
		if err != nil {
			return nil, err
		}
		if p.next() != ')' {
			return nil, fmt.Errorf("a ) is missing at position %d", p.at)
		}
		p.at++
		return inner, nil
	}
	word := p.word()
	switch {
	case word == "":
		return nil, fmt.Errorf("unexpected %q at position %d", c, p.at)
	case c >= '0' && c <= '9' || c == '.':
		number, err := strconv.ParseFloat(word, 64)
		if err != nil {
			return nil, fmt.Errorf("%q is no number", word)
		}
		return p.add(&node{number: number})
	case p.next() == '(':
		return nil, fmt.Errorf("the function %s is not available in the local account, which has + - * / ^ and SEARCH", word)
	case !idPattern.MatchString(word):
		return nil, fmt.Errorf("%q is no Id of a query", word)
	}
	if !p.seen[word] {
		p.seen[word] = true
		p.ids = append(p.ids, word)
	}
	return p.add(&node{id: word})
}

func (p *parser) word() string {
	from := p.at
	for p.at < len(p.text) {
		c := p.text[p.at]
		if c != '_' && c != '.' && (c < '0' || c > '9') && (c|0x20 < 'a' || c|0x20 > 'z') {
			break
		}
		p.at++
	}
	return p.text[from:p.at]
}

// operand is a number or a series on its way through an expression.
type operand struct {
	number float64
	series points
	is     bool // a series
}

// eval computes the expression. A point is there only if every series has one at its
// time and the result is a number.
func (e *expression) eval(of func(id string) points) points { return e.root.eval(of).series }

func (n *node) eval(of func(id string) points) operand {
	switch {
	case n.op == 0 && n.id != "":
		return operand{series: of(n.id), is: true}
	case n.op == 0:
		return operand{number: n.number}
	}
	left, right := n.left.eval(of), n.right.eval(of)
	if !left.is && !right.is {
		return operand{number: compute(n.op, left.number, right.number)}
	}
	out := operand{is: true}
	times := left.series.at
	if !left.is {
		times = right.series.at
	}
	lookup := func(o operand, next *int, at time.Time) (float64, bool) {
		if !o.is {
			return o.number, true
		}
		for *next < len(o.series.at) && o.series.at[*next].Before(at) {
			*next++
		}
		if *next == len(o.series.at) || !o.series.at[*next].Equal(at) {
			return 0, false
		}
		return o.series.value[*next], true
	}
	var l, r int
	for _, at := range times {
		x, okX := lookup(left, &l, at)
		y, okY := lookup(right, &r, at)
		if v := compute(n.op, x, y); okX && okY && !math.IsNaN(v) && !math.IsInf(v, 0) {
			out.series.at = append(out.series.at, at)
			out.series.value = append(out.series.value, v)
		}
	}
	return out
}

func compute(op byte, x, y float64) float64 {
	switch op {
	case '+':
		return x + y
	case '-':
		return x - y
	case '*':
		return x * y
	case '/':
		return x / y
	}
	return math.Pow(x, y)
}
