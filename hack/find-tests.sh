#!/usr/bin/env bash
# Prints the folder and the name of every test function of one kind in this
# module, one a line:
#
#   hack/find-tests.sh Fuzz|Benchmark
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

find . -name '*_test.go' -not -path '*/testdata/*' -not -path './e2e/*' -not -path './hack/tools/*' | sort |
  while IFS= read -r file; do
    sed -nE "s#^func ($1[^a-z(][^(]*)\\(.*#$(dirname "$file") \\1#p" "$file"
  done
