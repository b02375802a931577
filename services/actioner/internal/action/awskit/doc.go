// Package awskit is what the kinds aws-… share: which resource of which account
// an action is about ([Place]), the way in under the action role ([Session]),
// the tags that allow and protect ([Session.Guard]), what an error says of the
// effect, and waiting for a final state.
//
//	at := awskit.Read(m, d, "instance", instanceID) // in the Maker
//	s, err := k.at.Open(ctx, c)                     // in Run: no I/O but who the credentials' account is
//	conf := s.Config                                // signs as the action role, session named after the person
//
// # Guarantees
//
// A value is checked before it goes anywhere: accounts are those configured,
// with an action role, in a region that they list. Errors name the account,
// the region, the AWS action and the fix. An error before the call that has
// the effect never says unknown; an error of that call says not done only
// where AWS refused it or was not reached.
package awskit
