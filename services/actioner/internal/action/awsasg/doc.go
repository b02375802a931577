// Package awsasg sets the desired capacity of Auto Scaling groups.
//
//	kind: aws-asg
//	aws-asg:
//	  capacity: "{{ parameters.capacity }}"   # 4, or a change: +1, -2, +20%
//	  group: "{{ parameters.group }}"         # the default; likewise account and region
//
// The group is read when the run begins: its tags, its bounds and what it has
// now. A number is absolute, so a run may be repeated; a change may not, and a
// run of one that is killed in the middle is unknown. The run waits until as
// many instances are in service.
package awsasg
