#!/usr/bin/env bash
# Builds the operator's image of a binary that this machine's Go compiles: no
# base image is needed. The image of the other architecture is built as well,
# and tagged with it: nothing runs in the build, so nothing is emulated.
#
#   IMAGE    the image's name            (localhost/evenkeel/operator:dev)
#   VERSION  what --version says         (git describe)
#   COMMIT   the commit                  (git rev-parse)
#   OUT      a file to save the image of this machine's architecture to, which
#            "kind load image-archive" takes
#   ARCHS    the architectures, "host" for this machine's (amd64 arm64)
#   ENGINE   docker or podman            (as hack/engine.sh finds)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

fail() {
  printf 'image: %s\n' "$*" >&2
  exit 1
}

command -v go >/dev/null || fail 'Go is needed: there is no go on the PATH; "docker build ." does without'
# shellcheck source=hack/engine.sh
source hack/engine.sh

IMAGE=${IMAGE:-localhost/evenkeel/operator:dev}
VERSION=${VERSION:-$(git describe --tags --always --dirty 2>/dev/null || echo dev)}
COMMIT=${COMMIT:-$(git rev-parse --short=12 HEAD 2>/dev/null || echo unknown)}
[[ ${IMAGE##*/} == *:* ]] || fail "IMAGE must have a tag, as in $IMAGE:dev"

export GOWORK=off CGO_ENABLED=0 GOOS=linux
# The host's architecture, not that which GOARCH may ask for.
host=$(go env GOHOSTARCH)

# A build context of its own: nothing but the binaries is sent to the engine.
context=$(mktemp -d)
trap 'rm -rf "$context"' EXIT

# build ARCHITECTURE NAME
build() {
  GOARCH=$1 go build -trimpath -buildvcs=false -o "$context/operator-$1" \
    -ldflags "-s -w -X main.version=$VERSION -X main.commit=$COMMIT" ./cmd/operator
  # TARGETARCH by hand too: a builder without BuildKit knows only --platform.
  "$ENGINE" build --quiet --platform "linux/$1" --build-arg TARGETARCH="$1" \
    --build-arg VERSION="$VERSION" --build-arg COMMIT="$COMMIT" \
    --target prebuilt --tag "$2" --file Dockerfile "$context" >/dev/null
}

# report ARCHITECTURE NAME prints what was made.
report() {
  local bytes
  bytes=$("$ENGINE" image inspect --format '{{.Size}}' "$2")
  awk -v name="$2" -v arch="$1" -v version="$VERSION" -v bytes="$bytes" \
    'BEGIN { printf "%s  linux/%s  %s  %.1f MB\n", name, arch, version, bytes / 1e6 }'
}

archs=${ARCHS:-amd64 arm64}
for arch in ${archs/host/$host}; do
  name=$IMAGE
  [ "$arch" = "$host" ] || name=$IMAGE-$arch
  build "$arch" "$name"
  report "$arch" "$name"
done

if [ -n "${OUT:-}" ]; then
  # Podman adds to an archive that is there, docker writes it anew.
  rm -f "$OUT"
  "$ENGINE" save --output "$OUT" "$IMAGE"
  printf '%s  %s\n' "$OUT" "$(du -h "$OUT" | cut -f1)"
fi
