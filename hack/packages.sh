#!/usr/bin/env bash
# Installs, or only checks, the packages of hack/packages.txt.
#
#   hack/packages.sh install|check
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# docker_answers tells whether there is a Docker engine, not only its client.
docker_answers() { command -v docker >/dev/null && timeout 20 docker info >/dev/null 2>&1 </dev/null; }

# absent prints the packages of which nothing is to be seen, one a line.
absent() {
  local package sign unless
  while read -r package sign unless; do
    case $package in '' | '#'*) continue ;; esac
    if [ "$unless" = unless-docker ] && docker_answers; then continue; fi
    case $sign in
      '')
        echo "hack/packages.txt: $package has nothing that shows it is there" >&2
        return 1
        ;;
      */*) [ -e "$sign" ] || echo "$package" ;;
      *) command -v "$sign" >/dev/null || echo "$package" ;;
    esac
  done <hack/packages.txt
}

missing=$(absent)
case ${1:-} in
  check) ;;
  install)
    if [ -n "$missing" ]; then
      # The names have no spaces: each is a word.
      # shellcheck disable=SC2086
      set -- $missing
      if ! command -v apt-get >/dev/null; then
        echo "missing: $*; there is no apt-get to install them with" >&2
        exit 1
      fi
      if [ "$(id -u)" != 0 ]; then
        echo "missing: $*; as root: apt-get install $*" >&2
        exit 1
      fi
      echo "installing $*"
      export DEBIAN_FRONTEND=noninteractive
      apt-get update -q </dev/null
      apt-get install -q -y --no-install-recommends "$@" </dev/null
      hash -r
      missing=$(absent)
    fi
    ;;
  *)
    echo "usage: $0 install|check" >&2
    exit 2
    ;;
esac

if [ -n "$missing" ]; then
  echo "missing: $(echo "$missing" | tr '\n' ' ')" >&2
  exit 1
fi
