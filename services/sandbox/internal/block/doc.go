// Package block checks Block Kit as Slack does: types, counts, lengths, unique
// ids, which element may stand where, and whether an image's file is ready.
//
// It works on decoded JSON ([]any of map[string]any), so that fields it does not
// know survive. A check returns every fault at once, in Slack's words with a JSON
// pointer, ready for the "errors" of an invalid_blocks answer:
//
//	faults := block.Check(blocks, block.Message, ready)
//	// "must be less than 3001 characters [json-pointer:/blocks/0/text/text]"
//
// Everything here is a pure function and safe for concurrent use. Lengths count
// Unicode code points. Limits are those of docs.slack.dev/reference/block-kit as of
// November 2026; of newer blocks (card,
// carousel, container, data_table, plan, task_card, video) only what can be acted on is
// checked.
package block
