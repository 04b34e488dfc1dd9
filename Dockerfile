# The operator's image: one static binary and nothing else.
#
#   docker build .            or podman build .; the binary is compiled in the build
#   hack/image.sh             the same image of a binary compiled by this machine's
#                             Go: for where no base image can be pulled
#
# The stages that need no base image come first: builders that go through all
# stages up to the one asked for then have nothing to pull for "prebuilt".

# What the labels and --version say; "make image" takes them from git.
ARG VERSION=dev
ARG COMMIT=unknown
# The Go to compile with. Podman wants the name in full, registry first, where its
# list of short names lacks this one: --build-arg GO_IMAGE=...
ARG GO_IMAGE=golang:1.26

FROM scratch AS base
LABEL org.opencontainers.image.title="evenkeel" \
      org.opencontainers.image.description="Says which applications die if a node or a zone dies" \
      org.opencontainers.image.licenses="Apache-2.0"
# By number: the image has no list of users, and the kubelet can tell only of a
# number that it is not root.
USER 65532:65532
ENTRYPOINT ["/operator"]

FROM base AS prebuilt
ARG TARGETARCH
COPY operator-${TARGETARCH} /operator
# After the binary, which is another one for every version: before it, a cache
# that does not look into arguments would answer with an older version.
ARG VERSION
ARG COMMIT
LABEL org.opencontainers.image.version="$VERSION" org.opencontainers.image.revision="$COMMIT"

# On the builder's own platform, whatever the target: Go needs no emulation.
FROM --platform=$BUILDPLATFORM $GO_IMAGE AS build
# No name of a C compiler, workspace or other Go's toolchain may matter.
ENV CGO_ENABLED=0 GOWORK=off GOMODCACHE=/cache/mod GOCACHE=/cache/build
WORKDIR /src
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/cache go mod download
COPY cmd cmd
COPY pkg pkg
ARG VERSION
ARG COMMIT
ARG TARGETOS
ARG TARGETARCH
RUN --mount=type=cache,target=/cache \
    GOOS="$TARGETOS" GOARCH="$TARGETARCH" go build -trimpath -buildvcs=false \
    -ldflags "-s -w -X main.version=$VERSION -X main.commit=$COMMIT" -o /operator ./cmd/operator

FROM base
COPY --from=build /operator /operator
ARG VERSION
ARG COMMIT
LABEL org.opencontainers.image.version="$VERSION" org.opencontainers.image.revision="$COMMIT"
