package awskit

// Checks says in words what [Session.Guard] looks at.
func Checks() []string { return []string{"tagged " + TagActions + "=allowed and not " + TagProtected} }
