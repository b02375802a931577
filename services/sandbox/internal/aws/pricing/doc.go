// Package pricing is the Price List API's GetProducts, from a small table: EC2 on
// demand, Linux, shared tenancy, in eu-west-1 and us-east-1.
//
//	pricing.Register(mux, w)
//
// # Guarantees
//
// Documents have the form of AWS's, with the attributes that clients look for. Filters
// are TERM_MATCH, and a field that no product has matches nothing.
package pricing
