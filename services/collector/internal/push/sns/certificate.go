package sns

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
)

// certificate returns the one at a URL of SNS, checked.
func (v *Verifier) certificate(ctx context.Context, from string) (*x509.Certificate, error) {
	now := time.Now()
	v.mu.Lock()
	cert := v.certs[from]
	v.mu.Unlock()
	if cert != nil && now.Before(cert.NotAfter) {
		return cert, nil
	}
	data, err := v.fetch(ctx, from)
	if err != nil {
		return nil, err
	}
	chain, err := certificates(data)
	if err != nil {
		return nil, fmt.Errorf("%w: the certificate: %w", ErrSignature, err)
	}
	cert = chain[0]
	switch {
	case now.Before(cert.NotBefore) || now.After(cert.NotAfter):
		return nil, fmt.Errorf("%w: the certificate is in force from %s to %s", ErrSignature, cert.NotBefore, cert.NotAfter)
	case !slices.ContainsFunc(append([]string{cert.Subject.CommonName}, cert.DNSNames...), own.MatchString):
		return nil, fmt.Errorf("%w: the certificate is of %.100q, not of SNS", ErrSignature, cert.Subject.CommonName)
	}
	if !v.cfg.TrustDownload {
		if err := v.leads(ctx, chain); err != nil {
			return nil, err
		}
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.certs) >= maxCertificates {
		clear(v.certs)
	}
	v.certs[from] = cert
	return cert, nil
}

// own are the names that SNS' certificates are of.
var own = regexp.MustCompile(`^sns(\.[a-z0-9-]+)?\.amazonaws\.com(\.cn)?$`)

// maxIssuers is how many issuers stand between a certificate and a root.
const maxIssuers = 4

// leads returns nil if the chain leads to a root that is trusted.
func (v *Verifier) leads(ctx context.Context, chain []*x509.Certificate) error {
	between := x509.NewCertPool()
	for _, c := range chain[1:] {
		between.AddCert(c)
	}
	last := chain[len(chain)-1]
	for range maxIssuers {
		_, err := chain[0].Verify(x509.VerifyOptions{Roots: v.cfg.Roots, Intermediates: between, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
		if err == nil {
			return nil
		}
		var unknown x509.UnknownAuthorityError
		from := issuerURL(last)
		if !errors.As(err, &unknown) || from == "" {
			return fmt.Errorf("%w: the certificate: %w", ErrSignature, err)
		}
		data, err := v.fetch(ctx, from)
		if err != nil {
			return fmt.Errorf("%w (the issuer of SNS' certificate; --collector-aws-sns-trust-download does without)", err)
		}
		more, err := certificates(data)
		if err != nil {
			return fmt.Errorf("%w: the issuer's certificate: %w", ErrSignature, err)
		}
		last = more[0]
		between.AddCert(last)
	}
	return fmt.Errorf("%w: more than %d issuers of the certificate", ErrSignature, maxIssuers)
}

// issuerURL returns where a certificate says that its issuer's is, if that is
// Amazon's.
func issuerURL(c *x509.Certificate) string {
	for _, text := range c.IssuingCertificateURL {
		u, err := url.Parse(text)
		if err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Port() == "" && u.User == nil && strings.HasSuffix(u.Host, ".amazontrust.com") {
			return text
		}
	}
	return ""
}

// certificates reads PEM, or one certificate in DER.
func certificates(data []byte) ([]*x509.Certificate, error) {
	var out []*x509.Certificate
	for rest := data; len(out) <= maxIssuers; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			continue
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	if len(out) > 0 {
		return out, nil
	}
	c, err := x509.ParseCertificate(data)
	if err != nil {
		return nil, errors.New("neither PEM nor DER")
	}
	return []*x509.Certificate{c}, nil
}
