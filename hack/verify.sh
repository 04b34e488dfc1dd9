#!/usr/bin/env bash
# Checks everything but the tests, names all that fails, and fails then.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export GOWORK=off

# What is checked: the files that git tracks, and those that it would.
checkout=yes
if ! command -v git >/dev/null; then
  checkout='git is not installed'
elif ! prefix=$(git rev-parse --show-prefix 2>&1); then
  checkout="this is not a git checkout (${prefix%%$'\n'*})"
elif [ -n "$prefix" ]; then
  checkout='this is not a git checkout of its own'
fi
if [ "$checkout" != yes ]; then
  echo "note: $checkout: every file here is checked, not only those that git tracks" >&2
fi

# files [PATTERN...] prints the names of the files to check that match one of
# the shell patterns (all, without one), one a line. No name here has a newline.
files() {
  {
    if [ "$checkout" = yes ]; then
      git -c core.quotePath=false ls-files --cached --others --exclude-standard
    else
      find . -type f -not -path './.git/*' -not -path './bin/*' | sed 's#^\./##'
    fi
  } | sort -u | while IFS= read -r file; do
    [ -f "$file" ] || continue # removed, not committed yet
    [ $# -gt 0 ] || { printf '%s\n' "$file" && continue; }
    for pattern in "$@"; do
      # A pattern is meant to match as one.
      # shellcheck disable=SC2053
      if [[ $file == $pattern ]]; then
        printf '%s\n' "$file"
        break
      fi
    done
  done
}

# each COMMAND... runs a command with the names read as further arguments.
each() { tr '\n' '\0' | xargs -0 -r "$@"; }

# none LINES fails if there are any, and shows them.
none() {
  [ -z "$1" ] && return 0
  printf '%s\n' "$1"
  return 1
}

check_format() { none "$(files '*.go' | each gofmt -l)"; }

# The modules of our own code; those under hack/tools hold none.
code_modules=(. e2e)

check_vet() {
  local folder ok=0
  for folder in "${code_modules[@]}"; do
    (cd "$folder" && go vet ./...) || ok=1
  done
  return "$ok"
}

check_modules() {
  local mod folder ok=0
  while IFS= read -r mod; do
    folder=$(dirname "$mod")
    (cd "$folder" && go mod tidy -diff && go mod verify >/dev/null) || { echo "$mod: see above; go mod tidy may be all it needs" && ok=1; }
  done < <(files 'go.mod' '*/go.mod')
  return "$ok"
}

check_generated() {
  local before after
  before=$(files | each cksum) || return 1
  go generate ./... || return 1
  after=$(files | each cksum) || return 1
  [ "$before" = "$after" ] && return 0
  echo 'make generate changes these files:'
  diff <(printf '%s\n' "$before") <(printf '%s\n' "$after") | sed -n 's/^[<>] [0-9]* [0-9]* /  /p' | sort -u
  return 1
}

check_lint() {
  local linter config=$PWD/.golangci.yml folder ok=0
  linter=$(go run ./hack/tool --path golangci-lint) || return 1
  for folder in "${code_modules[@]}"; do
    (cd "$folder" && "$linter" run --config "$config" ./...) || ok=1
  done
  return "$ok"
}

check_workflows() { files '.github/workflows/*' | each go run ./hack/tool actionlint; }

check_makefile() {
  none "$(sed -nE 's/^([A-Za-z0-9][A-Za-z0-9_./ -]*):([^=].*)?$/\1:\2/p' Makefile | grep -v '## [A-Z]' | sed 's/:.*/: a target that does not say what it does/')"
}

check_scripts() {
  local script ok=0
  while IFS= read -r script; do
    bash -n "$script" && shellcheck --severity=warning --external-sources "$script" || ok=1
  done < <(files '*.sh' .ci/run)
  return "$ok"
}

# A test sleeps on the virtual clock or not at all. In test/, where the clock is
# real, the linter forbids it altogether.
check_sleep() {
  local file bad=
  while IFS= read -r file; do
    [[ $file == test/* ]] && continue
    if grep -q 'time\.Sleep(' "$file" && ! grep -q '"testing/synctest"' "$file"; then
      bad+="${bad:+$'\n'}$file: time.Sleep without testing/synctest"
    fi
  done < <(files '*_test.go')
  none "$bad"
}

# No file names a home folder, a path of this machine, or a registry's host. The
# brackets keep the patterns from finding themselves.
check_names() {
  local before='(^|[^A-Za-z0-9_.~/-])' after='([^A-Za-z0-9_-]|$)'
  local patterns=(
    -e "$before/([h]ome|[U]sers)/[A-Za-z0-9._-]+"
    -e "$before/[r]oot/"
    -e "$before/usr/local/[g]o/"
    -e '(^|[^A-Za-z0-9-])([d]ocker|[g]cr|[g]hcr|[q]uay|[g]oproxy)\.io'"$after"
    -e '[r]egistry(-1)?\.(k8s|docker|npmjs|access)\.[a-z]'
    -e '[a-z0-9]\.pkg\.[d]ev'"$after"
    -e '[m]cr\.microsoft\.com|[p]ublic\.ecr\.aws|[p]ypi\.org|[a-z]+\.[d]ebian\.org/debian'
    -e '(proxy|sum)\.[g]olang\.org'
  )
  local path host
  for path in "$(pwd -P)" "$HOME" "$(go env GOMODCACHE)" "$(go env GOCACHE)"; do
    [[ $path == /*/* ]] || continue # too short a name to look for
    patterns+=(-e "$before$(printf '%s' "$path" | sed 's/[][\.*^$+?(){}|]/\\&/g')$after")
  done
  while IFS= read -r host; do
    [ -n "$host" ] && patterns+=(-e "$(printf '%s' "$host" | sed 's/\./\\./g')")
  done < <(go env GOPROXY | tr ',|' '\n' | sed -nE 's#^https?://([^@/]*@)?([^/:]+).*#\2#p')
  # grep finds nothing: 1, and xargs makes that 123.
  none "$(files | grep -v -e '\(^\|/\)go\.sum$' | each grep -nIE "${patterns[@]}" /dev/null || true)"
}

failed=()
check() {
  local name=$1 began=$SECONDS
  shift
  printf '==> %s\n' "$name"
  if "$@"; then
    printf '    ok, %d s\n' $((SECONDS - began))
  else
    printf '    FAILED, %d s\n' $((SECONDS - began))
    failed+=("$name")
  fi
}

check 'every make target says what it does' check_makefile
check 'the scripts are bash' check_scripts
check 'no file names a home folder, a path of this machine or a registry' check_names
check 'no test sleeps on the real clock' check_sleep
check 'gofmt' check_format
check 'the modules are tidy and unchanged' check_modules
check 'what is generated is up to date' check_generated
check 'go vet' check_vet
check 'golangci-lint' check_lint
check 'actionlint' check_workflows

if [ ${#failed[@]} -gt 0 ]; then
  printf 'verify: FAILED: %s\n' "${failed[@]}"
  exit 1
fi
echo 'verify: all is well'
