// Package chat is what the notifier needs of a chat system, and the words in
// which it says things there: content without any backend's markup.
//
// A backend is one folder beside this one and one line in package all. It does
// little: post, edit, find again, name a channel. What only some can do (upload
// a picture, answer one person, tell who belongs to a group) is a small
// interface that a backend may also satisfy.
//
// # Guarantees
//
// Content is data: a label or a summary never becomes markup, a mention or a
// link, whatever is in it, and content that is too long is cut to the
// backend's limits with "…", never refused.
//
// A backend's call is one attempt. It tells apart what the caller must know:
// [RateLimited] (when to come back), [ErrNoChannel], [ErrGone], [ErrPicture],
// [ErrRefused], and by [Unsure] whether a failed post may have happened. No
// error carries a token, a signature or a private URL.
package chat
