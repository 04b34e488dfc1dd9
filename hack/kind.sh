#!/usr/bin/env bash
# A kind cluster with the operator and a Prometheus in it.
#
#   hack/kind.sh up | load | deploy | status | down [FLAG...]
#
# With --help it says more. What it does is in e2e/cmd/kind.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if ! command -v go >/dev/null; then
  echo 'kind: Go is needed: there is no go on the PATH' >&2
  exit 1
fi
export GOWORK=off
case ${1:-} in
  up | load | deploy | status | down)
    # shellcheck source=hack/engine.sh
    source hack/engine.sh
    ;;
esac
# The version is no use here, and a checkout that git distrusts has none.
(cd e2e && go build -buildvcs=false -o ../bin/kind ./cmd/kind)
# In this process' place, so that signals reach it.
exec bin/kind "$@"
