// Package awstest serves a world on a socket, for clients that nobody here wrote.
//
//	w, cfg := awstest.New(t, ec2.Register)
//	client := sdk.NewFromConfig(cfg)
//	awstest.Advance(t, w, world.StopTakes)
//
// # Guarantees
//
// The world's clock is frozen at [Now], a Monday noon, and moves only by [Advance].
// Clients do not retry, so that the first answer is the one that a test sees.
package awstest
