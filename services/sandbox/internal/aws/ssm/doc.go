// Package ssm is Systems Manager's SendCommand, GetCommandInvocation,
// ListCommandInvocations, StartAutomationExecution and GetAutomationExecution.
//
//	ssm.Register(mux, w)
//
// # Guarantees
//
// A run is Pending, InProgress, then Success or Failed, over the world's time; a
// document whose name has Fail in it fails. Permission is asked for the document and
// for each instance. Runs are remembered, 1,000 of each kind in a region.
package ssm
