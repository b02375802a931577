package archive

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/parley-ops/parley/services/internal/nearest"
)

// At returns the store at a place as people write it: a folder, or
//
//	s3://bucket/prefix?region=eu-west-1
//	s3://bucket/prefix?endpoint=https://minio.example.org&credentials=/aws/minio
//
// with the usual AWS settings where the URL does not say other. It does no I/O.
func At(place string) (Store, error) {
	scheme, _, found := strings.Cut(place, "://")
	switch {
	case place == "":
		return nil, errors.New("want a folder or s3://bucket/prefix")
	case !found:
		return NewDir(place), nil
	case scheme == "s3":
		return parseS3(place)
	}
	return nil, fmt.Errorf("%q: archives are not kept at %s://: want a folder or s3://bucket/prefix", place, scheme)
}

// The parameters of an s3:// URL.
var s3Parameters = []string{"region", "endpoint", "path_style", "credentials", "profile"}

// Source: Amazon S3 user guide, general purpose bucket naming rules.
var bucketName = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)

func parseS3(place string) (*S3, error) {
	u, err := url.Parse(place)
	if err != nil || u.User != nil || u.Fragment != "" || !bucketName.MatchString(u.Host) {
		return nil, fmt.Errorf("%q: want s3://bucket/prefix, the bucket of lower-case letters, digits, dots and dashes", place)
	}
	s := &S3{bucket: u.Host}
	if prefix := strings.Trim(u.Path, "/"); prefix != "" {
		s.prefix = prefix + "/"
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return nil, fmt.Errorf("%q: %w", place, err)
	}
	for name := range query {
		if !slices.Contains(s3Parameters, name) {
			hint := "there are " + strings.Join(s3Parameters, ", ")
			if best := nearest.To(name, s3Parameters); best != "" {
				hint = "did you mean " + best + "?"
			}
			return nil, fmt.Errorf("%q: unknown parameter %s: %s", place, name, hint)
		}
	}
	s.region, s.endpoint, s.credentials, s.profile = query.Get("region"), query.Get("endpoint"), query.Get("credentials"), query.Get("profile")
	if e, err := url.Parse(s.endpoint); s.endpoint != "" && (err != nil || e.Scheme != "http" && e.Scheme != "https" || e.Host == "") {
		return nil, fmt.Errorf("%q: endpoint: want a URL such as https://minio.example.org:9000", place)
	}
	s.pathStyle = s.endpoint != "" // other stores seldom have a name for each bucket
	if text := query.Get("path_style"); text != "" {
		if s.pathStyle, err = strconv.ParseBool(text); err != nil {
			return nil, fmt.Errorf("%q: path_style: want true or false", place)
		}
	}
	return s, nil
}
