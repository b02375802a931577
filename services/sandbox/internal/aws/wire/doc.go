// Package wire is the server's side of the protocols that AWS speaks, on one port.
// A service package registers each operation once; the [Mux] tells the service by the
// credential scope of the signature, decodes the request whether it came as Smithy RPC
// v2 CBOR, AWS JSON, AWS Query, EC2 Query or REST JSON, and answers in the same form.
//
//	var service = wire.Service{Scope: "monitoring", IAM: "cloudwatch", Target: "GraniteServiceVersion20100801", ...}
//
//	func Register(mux *wire.Mux, w *world.World) {
//		mux.Handle(service, "ListMetrics", func(ctx context.Context, r *wire.Request) (wire.Answer, error) {
//			namespace := r.Text("Namespace")
//			for _, d := range r.List("Dimensions") { d.Text("Name") }
//			return wire.Map{"Metrics": wire.List{...}, "NextToken": next}, nil
//		})
//	}
//
// Names are those on the wire: "Dimensions" for CloudWatch, "InstanceId" and
// "reservationSet" for EC2, "clusterArns" for ECS. A list of an answer in XML has
// elements named "member" ("item" for EC2) unless [Named] says otherwise.
//
// # Guarantees
//
// A request that is not signed well is refused before anything of it is done, and so
// is one whose signature is more than five minutes from real time; the secret is not
// known and not checked. Bodies are at most 16 MiB after decompression, forms 20,000
// fields, trees 32 deep. A value of the wrong type is a ValidationError when the
// operation asks [Request.Err] or returns: an operation with effects asks first.
// Every method may be called from several goroutines once registration is over.
package wire
