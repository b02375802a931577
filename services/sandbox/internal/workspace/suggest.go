package workspace

import "github.com/parley-ops/parley/services/sandbox/internal/block"

// suggest asks the app for the options of an external select, as the client does
// while a person types: a block_suggestion.
func (w *Workspace) suggest(c *call) (object, error) {
	payload, err := w.suggestion(c)
	if err != nil {
		return nil, err
	}
	ack, err := w.deliver(c.ctx, "interactive", payload, true, 0)
	if err != nil {
		return nil, err
	}
	var answer object
	if len(ack) > 0 {
		if err := decode(ack, &answer); err != nil {
			return nil, explain("invalid_options_response", "the acknowledgement has no options: %v", err)
		}
	}
	if faults := block.CheckOptions(answer); len(faults) > 0 {
		return nil, invalid("invalid_options_response", faults)
	}
	return object{"options": answer["options"], "option_groups": answer["option_groups"]}, nil
}

func (w *Workspace) suggestion(c *call) (object, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	u, err := w.person(c)
	if err != nil {
		return nil, err
	}
	p := w.interaction("block_suggestion", u)
	var blocks []any
	if c.str("view_id") != "" {
		blocks, err = w.clickedView(c, u, p)
	} else {
		blocks, err = w.clickedMessage(c, u, p)
	}
	if err != nil {
		return nil, err
	}
	delete(p, "trigger_id")
	delete(p, "response_url")
	in, e, ok := block.Find(blocks, c.str("block_id"), c.str("action_id"))
	if !ok || (e["type"] != "external_select" && e["type"] != "multi_external_select") {
		return nil, explain("action_not_found", "no external select with action_id %q there", c.str("action_id"))
	}
	p["block_id"], p["action_id"], p["value"] = in["block_id"], e["action_id"], c.str("query")
	return p, nil
}
