package archive

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"

	"github.com/parley-ops/parley/services/internal/account"
	"github.com/parley-ops/parley/services/internal/wait"
)

// S3 is a bucket, or what is under a prefix in it, of S3 or of a store that
// speaks like it. It needs s3:ListBucket on the bucket, and s3:GetObject,
// s3:PutObject and s3:DeleteObject on the objects; reading the first two.
type S3 struct {
	bucket, prefix                         string
	region, endpoint, credentials, profile string
	pathStyle                              bool

	mu     sync.Mutex
	client *s3.Client
}

var _ Store = (*S3)(nil)

const (
	// s3Timeout is how long one call may take; a file of 16 MiB is one.
	s3Timeout = 2 * time.Minute
	// s3Reads is how often a file is read before it is an error: a connection
	// may break in its middle, which the client leaves to us.
	s3Reads = 3
	// mostBytes is more than any of our files has.
	mostBytes = 256 << 20
)

// String returns the bucket and the prefix.
func (s *S3) String() string { return "s3://" + s.bucket + "/" + strings.TrimSuffix(s.prefix, "/") }

// List implements [Store].
func (s *S3) List(ctx context.Context, folder string) ([]string, error) {
	client, err := s.connect(ctx)
	if err != nil {
		return nil, err
	}
	var out []string
	pages := s3.NewListObjectsV2Paginator(client, &s3.ListObjectsV2Input{Bucket: &s.bucket, Prefix: aws.String(s.prefix + folder), Delimiter: aws.String("/")})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, s.explain(err)
		}
		for _, o := range page.Contents {
			out = append(out, strings.TrimPrefix(aws.ToString(o.Key), s.prefix))
		}
		for _, p := range page.CommonPrefixes {
			out = append(out, strings.TrimPrefix(aws.ToString(p.Prefix), s.prefix))
		}
	}
	slices.Sort(out)
	return out, nil
}

// Create implements [Store].
func (s *S3) Create(ctx context.Context, name string, data []byte) error {
	client, err := s.connect(ctx)
	if err != nil {
		return err
	}
	in := &s3.PutObjectInput{Bucket: &s.bucket, Key: aws.String(s.prefix + name), Body: bytes.NewReader(data), IfNoneMatch: aws.String("*")}
	_, err = client.PutObject(ctx, in)
	switch code(err) {
	case "PreconditionFailed":
		return &fs.PathError{Op: "create", Path: name, Err: fs.ErrExist}
	case "NotImplemented": // a store without conditions: there the last one wins
		in.Body, in.IfNoneMatch = bytes.NewReader(data), nil
		_, err = client.PutObject(ctx, in)
	}
	return s.explain(err)
}

// Read implements [Store].
func (s *S3) Read(ctx context.Context, name string) ([]byte, error) {
	client, err := s.connect(ctx)
	if err != nil {
		return nil, err
	}
	var pause wait.Pause
	for {
		data, err := s.read(ctx, client, name)
		var broken *unfinishedRead
		if !errors.As(err, &broken) {
			return data, err
		}
		if pause.Attempt() >= s3Reads || pause.Wait(ctx) != nil {
			return nil, broken.err
		}
	}
}

// unfinishedRead is an answer that broke off.
type unfinishedRead struct{ err error }

func (u *unfinishedRead) Error() string { return u.err.Error() }

func (s *S3) read(ctx context.Context, client *s3.Client, name string) ([]byte, error) {
	out, err := client.GetObject(ctx, &s3.GetObjectInput{Bucket: &s.bucket, Key: aws.String(s.prefix + name)})
	if code(err) == "NoSuchKey" {
		return nil, &fs.PathError{Op: "read", Path: name, Err: fs.ErrNotExist}
	}
	if err != nil {
		return nil, s.explain(err)
	}
	defer out.Body.Close()
	if n := aws.ToInt64(out.ContentLength); n > mostBytes {
		return nil, fmt.Errorf("%s has %d bytes: it is none of ours", name, n)
	}
	data, err := io.ReadAll(io.LimitReader(out.Body, mostBytes))
	if err != nil {
		return nil, &unfinishedRead{err}
	}
	return data, nil
}

// Delete implements [Store].
func (s *S3) Delete(ctx context.Context, name string) error {
	client, err := s.connect(ctx)
	if err != nil {
		return err
	}
	_, err = client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &s.bucket, Key: aws.String(s.prefix + name)})
	return s.explain(err)
}

// connect returns the client. It reads the AWS settings, once they can be.
func (s *S3) connect(ctx context.Context) (*s3.Client, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.client != nil {
		return s.client, nil
	}
	options := []func(*awsconfig.LoadOptions) error{awsconfig.WithHTTPClient(awshttp.NewBuildableClient().WithTimeout(s3Timeout))}
	if s.credentials != "" {
		options = append(options, awsconfig.WithSharedCredentialsFiles([]string{s.credentials}), awsconfig.WithSharedConfigFiles([]string{}))
	}
	if s.credentials != "" || s.profile != "" { // before those of the environment
		options = append(options, awsconfig.WithSharedConfigProfile(cmp.Or(s.profile, "default")))
	}
	conf, err := awsconfig.LoadDefaultConfig(ctx, options...)
	if err != nil && s.credentials != "" {
		return nil, fmt.Errorf("%s: credentials=%s: want a file of credentials as AWS's tools have it, with profile %s: %w", s, s.credentials, cmp.Or(s.profile, "default"), err)
	}
	if err != nil {
		return nil, fmt.Errorf("read the AWS settings for %s: %w", s, err)
	}
	conf.HTTPClient = account.Whole(conf.HTTPClient)
	conf.Region = cmp.Or(s.region, conf.Region)
	if conf.Region == "" && s.endpoint == "" {
		return nil, fmt.Errorf("%s: no region: give %s?region=… or AWS_REGION", s, s)
	}
	conf.Region = cmp.Or(conf.Region, "us-east-1") // what other stores expect when they have none
	s.client = s3.NewFromConfig(conf, func(o *s3.Options) {
		o.UsePathStyle = s.pathStyle
		if s.endpoint != "" {
			o.BaseEndpoint = aws.String(s.endpoint)
		}
		// Not all stores know the SDK's checksums, and files have their own.
		o.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenRequired
		o.ResponseChecksumValidation = aws.ResponseChecksumValidationWhenRequired
	})
	return s.client, nil
}

// code returns the store's word for what is wrong, or "".
func code(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}

// fixes are what to change, by the store's word for what is wrong.
var fixes = map[string]string{
	"NoSuchBucket":                 "there is no such bucket: make it, or correct the name",
	"AccessDenied":                 "the credentials may not: they need s3:ListBucket on the bucket, and s3:GetObject, s3:PutObject and s3:DeleteObject on its objects",
	"InvalidAccessKeyId":           "the store does not know these credentials: give its own with credentials=FILE",
	"SignatureDoesNotMatch":        "the store does not take these credentials: give its own with credentials=FILE",
	"PermanentRedirect":            "the bucket is in another region: give region=…",
	"AuthorizationHeaderMalformed": "the bucket is in another region: give region=…",
	"IllegalLocationConstraint":    "the bucket is in another region: give region=…",
}

// explain says where an error happened and, where that is known, what to change.
func (s *S3) explain(err error) error {
	if err == nil {
		return nil
	}
	if fix := fixes[code(err)]; fix != "" {
		return fmt.Errorf("%s: %s (%w)", s, fix, err)
	}
	if strings.Contains(err.Error(), "get credentials") { // the SDK has no type for it
		return fmt.Errorf("%s: no credentials: give the usual AWS settings, or credentials=FILE (%w)", s, err)
	}
	return fmt.Errorf("%s: %w", s, err)
}
