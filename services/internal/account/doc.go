// Package account is which AWS accounts there are and how to get into them.
//
//	set, err := cfg.AWS.Load(os.LookupEnv) // cfg.AWS is an account.Config; no I/O but the accounts file
//	accounts, err := set.Resolve(ctx)      // asks AWS whose credentials these are, where nobody said
//	for _, a := range accounts {
//		for _, region := range a.Regions {
//			conf, err := set.AWS(ctx, a, region, account.Read, "")
//			out, err := ec2.NewFromConfig(conf).DescribeInstances(ctx, in)
//			err = account.Explain(err, a, region, "ec2:DescribeInstances")
//		}
//	}
//
// Accounts come from a file (--aws-accounts), or else from the usual AWS
// settings in the environment, as the one account that these belong to, or
// else from the local sandbox (--aws-sandbox-url): its accounts by the same
// code, with credentials that only it takes. Without any of these the set is
// empty.
//
// # Guarantees
//
// A [Set] may be used by several goroutines. What [Set.AWS] returns is cached
// per account, region, purpose and session: the credentials are renewed by
// themselves before they end, and a region whose STS does not answer holds up
// no other. Every client made of it honours AWS_ENDPOINT_URL, tries a call
// twice at most and waits no longer than [Timeout] for each. Reading and acting
// are different roles; nothing falls back from one to the other. External ids
// are [config.Secret], in no error and no log.
package account
