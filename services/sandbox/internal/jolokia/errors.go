package jolokia

import "errors"

// ErrNoOperation is returned by Beans.Exec for an operation that the MBean lacks.
var ErrNoOperation = errors.New("no such operation")
