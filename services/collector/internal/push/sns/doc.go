// Package sns checks that a message posted over HTTPS is from Amazon SNS, from a
// topic that is allowed, and fresh.
//
//	m, err := sns.Parse(body)
//	err = verifier.Verify(ctx, m)      // ErrTopic, ErrVersion, ErrSignature, ErrStale, ErrUnavailable
//	err = verifier.Confirm(ctx, m)     // visits the SubscribeURL
//
// # Guarantees
//
// Nothing is fetched for a topic that is not allowed, and never from another
// host than sns.<region>.amazonaws.com (or .com.cn), over https, without
// following redirects. A signature of version 2 is SHA-256 with RSA; version 1
// (SHA-1) is refused unless [Config.AllowV1]. The certificate has to be in force,
// to be SNS' own, and to lead to a root that this machine trusts; issuers that it
// does not bring are fetched from where it says, from amazontrust.com alone
// (what they are worth is decided by their signatures). With
// [Config.TrustDownload] that the certificate came from SNS' host over TLS is
// enough. Certificates are kept while they are in force, as many as
// maxCertificates.
//
// A Verifier is safe for concurrent use.
//
// Sources: SNS developer guide, "Verifying the signatures of Amazon SNS
// messages", "HTTP/HTTPS subscription confirmation JSON format".
package sns
