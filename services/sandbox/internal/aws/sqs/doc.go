// Package sqs is SQS as far as events and work need it: queues in memory, spoken to in
// JSON 1.0.
//
//	queues := sqs.New(w)
//	queues.Register(mux)
//	w.OnEvent(queues.Deliver) // EventBridge's events, into "parley-events"
//
// Every account has the queue [Events] in each region, and the home account has orders
// and orders-dlq in eu-west-1. A message that was received is invisible for its
// timeout, and comes again unless it is deleted; after maxReceiveCount it goes to the
// dead-letter queue, where there is one. Delivery is at least once and in no promised
// order. Timeouts and long polls run in real time. A queue holds 10,000 messages, and
// drops the oldest.
package sqs
