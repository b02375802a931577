# lib.sh: what the scripts share. Sourced, not run.

# usage FILE: prints the comment at the top of a script.
usage() { awk 'NR > 1 { if (!/^#/) exit; sub(/^# ?/, ""); print }' "$1"; }

# left_out WHAT: a part of the tests that cannot run here. Fatal in CI.
left_out() {
  echo "LEFT OUT: $1" >&2
  [[ ${CI:-} != true ]] || { echo "with CI=true nothing may be left out" >&2; exit 1; }
  LEFT_OUT+=("$1")
}

# step TEXT: says what comes, with the time since the start.
step() { printf '\n== %s (%ds)\n' "$1" "$SECONDS" >&2; }

# modules: the folder of every module of the workspace.
modules() { go list -m -f '{{.Dir}}'; }
