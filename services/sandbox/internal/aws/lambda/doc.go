// Package lambda is Lambda's Invoke, ListFunctions, GetFunctionConfiguration and
// ListTags, over REST and JSON.
//
//	lambda.Register(mux, w)
//
// # Guarantees
//
// An invocation answers with the payload that it was given, or with a FunctionError
// for a function that fails, and shows in the function's next points. A DryRun only
// asks for permission.
package lambda
