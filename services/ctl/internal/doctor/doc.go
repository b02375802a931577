// Package doctor finds out which AWS permissions are missing for what is
// configured, without changing anything.
//
//	needs := doctor.Needs(account, metrics, actions)
//	for _, f := range doctor.Check(ctx, set, account, "eu-west-1", needs) {
//		if f.State == doctor.Missing {
//			fmt.Println(f.Permission, "is missing for", f.For)
//		}
//	}
//
// A reading permission is tried by the call itself, as small as it gets; an
// acting one by AWS' dry run, or by a call that must fail for another reason,
// such as a document that does not exist. Where neither is there, the
// permission is Untried, and said to be.
//
// # Guarantees
//
// Nothing is changed, started or sent. Asking costs at most one metric of
// GetMetricData a region, 0.00001 USD. A permission counts as missing only
// where AWS said so; any other trouble is Unknown, with AWS' words. The
// policies of [Policies] are those of deploy/aws/iam with what is not needed
// left out; a test keeps the copies here the same.
package doctor
