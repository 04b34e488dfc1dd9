#!/usr/bin/env bash
# Runs every fuzz target of this module, one after the other, for some time
# each:
#
#   hack/fuzz.sh 30s
#
# An input that fails is kept by go test under testdata/fuzz: commit it with the
# repair, and make test tries it from then on. The first time is slow: go test
# builds all that a package imports once more, instrumented.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export GOWORK=off

targets=$(bash hack/find-tests.sh Fuzz)
if [ -z "$targets" ]; then
  echo 'there is no fuzz target' >&2
  exit 1
fi
failed=()
while read -r folder name; do
  echo "==> $folder $name"
  # Ten tries at the most to shorten what is interesting: it took all of the time.
  go test -run="^$name\$" -fuzz="^$name\$" -fuzztime="${1:-30s}" -fuzzminimizetime=10x "$folder" </dev/null || failed+=("$folder $name")
done <<<"$targets"
if [ ${#failed[@]} -gt 0 ]; then
  printf 'FAIL %s\n' "${failed[@]}" >&2
  exit 1
fi
