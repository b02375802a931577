// Package price is what AWS asks by its public list: on demand, in USD, before
// tax, discounts, savings plans and reservations.
//
//	usd, ok := price.EC2("eu-west-1", "m5.2xlarge") // 0.428 USD an hour, true
//	if !ok {
//		// unknown: say so, and do not guess
//	}
//	month := usd * price.HoursPerMonth
//
// The prices are a table in the program, [AsOf] a date: instances and
// databases of every region but China's (whose list is in yuan) as internal/generate
// writes it from public data ([Source] names them and their dates), volumes, load
// balancers and NAT gateways of five regions by hand from AWS' pages
// (rates.go says which a second source confirms). Whatever is shown to people
// says "list price, on demand, as of" and the date.
//
// # Guarantees
//
// What is not in the table is unknown (false), never a guess, never the price of
// another region. Lookups take no lock and allocate nothing after the first, which
// unpacks the table in some milliseconds; all may be called by several goroutines.
package price
