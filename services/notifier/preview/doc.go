// Package preview shows what would be sent of an incident, by the notifier's own
// code: `parley notify preview`. It sends nothing and needs no chat.
//
//	shown, err := preview.Show(preview.Request{Incident: change, Channel: "#ops", Templates: file})
//	for _, f := range shown.Files { os.WriteFile(f.Name, f.Data, 0o644) }
package preview
