// Package awsrds stops and starts RDS databases.
//
//	kind: aws-rds
//	aws-rds:
//	  operation: stop                                # stop | start
//	  database: "{{ parameters.database }}"          # the default; likewise account and region
//
// The database is read when the run begins: its state, its tags, and whether
// AWS can stop it at all (not members of an Aurora cluster, not those that
// read replicas hang on). Stopping what is stopped is the same as stopping it
// once, so a run may be repeated. RDS takes several minutes: give the action a
// timeout of 20m. What is stopped RDS starts again by itself after seven days.
package awsrds
