#!/usr/bin/env bash
# Runs .ci/run as a fresh machine would: on a clone of what is committed, with
# an empty home and empty caches, in a temporary folder that is removed
# afterwards. What the environment says of the network (GOPROXY and the like)
# holds there too.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if ! git rev-parse --verify --quiet HEAD >/dev/null; then
  echo 'this is not a git checkout with a commit: there is nothing to clone' >&2
  exit 1
fi
if [ -n "$(git status --porcelain)" ]; then
  echo 'note: what is not committed is not in the clone' >&2
fi

cold=$(mktemp -d "${TMPDIR:-/tmp}/evenkeel-cold.XXXXXX")
remove() {
  # The module cache is read-only.
  chmod -R u+w "$cold" 2>/dev/null || true
  rm -rf "$cold"
}
trap remove EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

git clone --quiet --no-hardlinks . "$cold/src"
mkdir "$cold/home" "$cold/tmp"

# Nothing that points to what an earlier run has built or fetched.
unset GOBIN GOENV GOLANGCI_LINT_CACHE KUBEBUILDER_ASSETS KUBECONFIG XDG_CONFIG_HOME XDG_DATA_HOME XDG_STATE_HOME

status=0
env HOME="$cold/home" \
  XDG_CACHE_HOME="$cold/home/.cache" \
  GOPATH="$cold/home/go" \
  GOMODCACHE="$cold/home/go/pkg/mod" \
  GOCACHE="$cold/home/.cache/go-build" \
  TMPDIR="$cold/tmp" \
  CI=true \
  bash "$cold/src/.ci/run" </dev/null || status=$?

echo "cold run: exit $status after $((SECONDS / 60)) min $((SECONDS % 60)) s, $(du -sh "$cold" 2>/dev/null | cut -f1) of disk"
exit "$status"
