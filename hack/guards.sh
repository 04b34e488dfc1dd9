#!/usr/bin/env bash
# Switches each guard of repair off in turn and sees that a test fails for it: a
# guard that nothing misses would be one that nothing shows to work.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

mapfile -t guards < <(sed -n 's/.*{Name: "\([a-z-]*\)", Stage:.*/\1/p' pkg/repair/guards.go)
if [ "${#guards[@]}" -eq 0 ]; then
  echo 'pkg/repair/guards.go has no guards' >&2
  exit 1
fi

tests=$(mktemp)
trap 'rm -f "$tests"' EXIT
go test -c -o "$tests" ./pkg/repair
run() (cd pkg/repair && "$tests" -test.run='^TestEachGuardIsNeeded$' -test.v 2>&1)

if ! all=$(run); then
  printf '%s\n' "$all" >&2
  echo 'the tests fail with every guard on' >&2
  exit 1
fi
missed=0
for guard in "${guards[@]}"; do
  if output=$(EVENKEEL_TEST_WITHOUT_GUARD=$guard run); then
    echo "NOT MISSED  $guard"
    missed=1
  else
    echo "missed      $guard: $(grep -c -e '--- FAIL' <<<"$output") tests fail without it"
  fi
done
echo "${#guards[@]} guards"
exit "$missed"
