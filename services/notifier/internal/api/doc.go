// Package api makes one request to a vendor's HTTP API and tells what became
// of it in the words of package chat.
//
//	body, err := caller.Post(ctx, "events", url, "application/json", data, nil)
//
// # Guarantees
//
// 2xx is success; 429 is [chat.RateLimited] with what Retry-After says; 401 and
// 403 are [chat.ErrSetup]; 404 and 410 [chat.ErrNoChannel]; any other 3xx and
// 4xx [chat.ErrRefused]. A 5xx, a lost answer and one that takes too long are
// [chat.Unsure]; what certainly was not sent is not. Redirects are not
// followed, at most 64 KiB of an answer are read. No error carries a URL's path
// or query, or a secret that the caller knows; of the answer it carries at most
// 200 characters.
package api
