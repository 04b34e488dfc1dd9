#!/usr/bin/env bash
# Chooses the container engine; to be sourced by what needs one:
#
#   source hack/engine.sh
#
# Docker where an engine of it answers, else podman; ENGINE=docker or
# ENGINE=podman decides beforehand. Exports ENGINE, KIND_EXPERIMENTAL_PROVIDER
# and, on a machine where podman needs other settings than its own to run kind's
# nodes, CONTAINERS_CONF, unless that is set: then it is the user's business.
# Where no engine can be used it says so in one line and ends with 1.
#
# The variables engine_proc, engine_helpers and engine_systemd are for its test,
# which puts folders of its own in the place of the machine's.

# engine_fail says what is wrong and what to do.
engine_fail() {
  printf 'engine: %s\n' "$*" >&2
  return 1
}

# engine_ask COMMAND... runs an engine, but does not wait for one that does not
# answer.
engine_ask() {
  if command -v timeout >/dev/null; then
    timeout 20 "$@" </dev/null
  else
    "$@" </dev/null
  fi
}

# engine_reason TEXT prints the last line of an engine's complaint.
engine_reason() { printf '%s\n' "$1" | grep -v '^[[:space:]]*$' | tail -n 1; }

# engine_has_capability BIT tells whether this process has a capability. Where
# that can't be seen, as on macOS, the engine is in a machine that has it.
engine_has_capability() {
  local set
  set=$(sed -n 's/^CapEff:[[:space:]]*//p' "${engine_proc:-/proc}/self/status" 2>/dev/null || true)
  [ -z "$set" ] || (((16#$set >> $1) & 1))
}

# engine_check_docker sets engine_problem where Docker can't be used.
engine_check_docker() {
  local out
  engine_problem=
  if ! command -v docker >/dev/null; then
    engine_problem='docker is not installed'
  elif [[ $(engine_ask docker --version 2>/dev/null) == *podman* ]]; then
    engine_problem='docker is podman by another name here: use ENGINE=podman'
  elif ! out=$(engine_ask docker info --format '{{.ServerVersion}}{{range .SecurityOptions}} {{.}}{{end}} cgroup={{.CgroupVersion}}' 2>&1); then
    case $out in
      *[Pp]ermission\ denied*)
        engine_problem="there is a Docker engine, but this user may not use it: join its group (sudo usermod -aG docker $(id -un)) and log in anew, or run this as root"
        ;;
      *) engine_problem="no Docker engine answers: start it (sudo systemctl start docker, or Docker Desktop): $(engine_reason "$out")" ;;
    esac
  elif [[ $out == *name=rootless* && $out == *cgroup=1* ]]; then
    engine_problem='Docker without root needs cgroup v2 to run kind: use a Docker engine that runs as root'
  fi
  [ -z "$engine_problem" ]
}

# engine_check_podman sets engine_problem where podman can't be used, and
# engine_podman to what it says of itself.
engine_check_podman() {
  local out format='{{.Host.Security.Rootless}} {{.Host.CgroupsVersion}} {{.Host.CgroupManager}} {{.Host.OCIRuntime.Name}}'
  engine_problem=
  if ! command -v podman >/dev/null; then
    engine_problem='podman is not installed'
    return 1
  fi
  # Warnings that do not matter come on standard error, errors too.
  if ! out=$(engine_ask podman info --format "$format" 2>/dev/null); then
    out=$(engine_ask podman info --format "$format" 2>&1 || true)
    engine_problem="podman does not work, see podman info: $(engine_reason "$out")"
    return 1
  fi
  engine_podman=$out
  # shellcheck disable=SC2086
  set -- $out
  local rootless=$1 cgroups=$2 backend
  # Podman 3 does not know the question.
  backend=$(engine_ask podman info --format '{{.Host.NetworkBackend}}' 2>/dev/null || true)
  if [ "$rootless" = true ] && [ "$cgroups" != v2 ]; then
    engine_problem='podman without root needs cgroup v2 to run kind: run this as root (sudo -E)'
  elif [ "$rootless" = true ] && ! engine_delegated; then
    engine_problem='podman without root has no cpu, memory and pids controllers to give to kind: run this as root, or set Delegate=yes for user@.service in systemd and log in anew'
  elif [ "$backend" = netavark ] && ! engine_has_dns; then
    engine_problem="podman's containers could not find each other by name: install aardvark-dns (apt-get install aardvark-dns)"
  fi
  [ -z "$engine_problem" ]
}

# engine_delegated tells whether podman may limit what its containers use.
engine_delegated() {
  local controllers controller
  controllers=$(engine_ask podman info --format '{{.Host.CgroupControllers}}' 2>/dev/null) || return 0
  for controller in cpu memory pids; do
    [[ $controllers =~ (^|[^a-z])$controller([^a-z]|$) ]] || return 1
  done
}

# engine_has_dns looks for aardvark-dns beside netavark. Where neither is found
# they may be elsewhere.
engine_has_dns() {
  local folder found='' folders=(/usr/libexec/podman /usr/lib/podman /usr/local/libexec/podman /usr/local/lib/podman)
  [ -z "${engine_helpers:-}" ] || folders=("$engine_helpers")
  for folder in "${folders[@]}"; do
    [ ! -e "$folder/aardvark-dns" ] || return 0
    [ ! -e "$folder/netavark" ] || found=yes
  done
  [ -z "$found" ]
}

# engine_podman_settings prints the containers.conf that podman needs here, or
# nothing if its own is right.
engine_podman_settings() {
  # shellcheck disable=SC2086
  set -- $engine_podman
  local rootless=$1 cgroups=$2 manager=$3 runtime=$4 engine='' containers='' cap_sys_resource=24
  # crun refuses the hybrid of both versions of cgroups.
  if [ "$cgroups" = v1 ] && [ "$runtime" = crun ] && command -v runc >/dev/null; then
    engine+=$'runtime = "runc"\n'
  fi
  if [ "$manager" = systemd ] && [ ! -d "${engine_systemd:-/run/systemd/system}" ]; then
    engine+=$'cgroup_manager = "cgroupfs"\n'
  fi
  # As root, podman asks for limits above the machine's own, which takes this
  # capability.
  if [ "$rootless" = false ] && ! engine_has_capability "$cap_sys_resource"; then
    containers+="default_ulimits = [\"nofile=$(ulimit -Hn):$(ulimit -Hn)\", \"nproc=$(engine_processes):$(engine_processes)\"]"$'\n'
  fi
  [ -z "$engine" ] || printf '[engine]\n%s' "$engine"
  [ -z "$containers" ] || printf '[containers]\n%s' "$containers"
}

# engine_processes prints how many processes podman may allow: before it starts a
# container it lowers its own limit to the number of process IDs.
engine_processes() {
  local limit ids
  limit=$(ulimit -Hu)
  ids=$(cat "${engine_proc:-/proc}/sys/kernel/pid_max")
  if [ "$limit" = unlimited ] || [ "$limit" -gt "$ids" ]; then
    limit=$ids
  fi
  echo "$limit"
}

# engine_configure_podman writes that file into the user's cache.
engine_configure_podman() {
  [ -z "${CONTAINERS_CONF:-}" ] || return 0
  local settings folder file
  [ -e "${engine_proc:-/proc}/self/status" ] || return 0 # the engine is in a virtual machine of its own
  settings=$(engine_podman_settings)
  [ -n "$settings" ] || return 0
  settings=${settings//unlimited/-1}
  folder=${XDG_CACHE_HOME:-$HOME/.cache}/evenkeel/kind
  file=$folder/containers.conf
  if [ "$(cat "$file" 2>/dev/null)" != "$settings" ]; then
    mkdir -p "$folder" || return 1
    # Somebody may be reading it.
    printf '%s\n' "$settings" >"$file.$$" && mv "$file.$$" "$file" || return 1
  fi
  export CONTAINERS_CONF=$file
}

# engine_choose sets ENGINE.
engine_choose() {
  local docker_problem podman_problem cap_sys_resource=24
  case ${ENGINE:-} in
    docker) engine_check_docker || engine_fail "$engine_problem" ;;
    podman) engine_check_podman || engine_fail "$engine_problem" ;;
    '')
      # Docker gives a node's container every capability, which fails where the
      # machine itself lacks one; podman gives those that there are.
      if engine_check_docker; then
        ENGINE=docker
        if [ "$(id -u)" = 0 ] && ! engine_has_capability "$cap_sys_resource"; then
          if engine_check_podman; then
            ENGINE=podman
          else
            printf 'engine: using Docker, which gives nodes CAP_SYS_RESOURCE and may fail, as this machine lacks it; podman would do without, but %s\n' "$engine_problem" >&2
          fi
        fi
        return 0
      fi
      docker_problem=$engine_problem
      if engine_check_podman; then
        ENGINE=podman
        return 0
      fi
      podman_problem=$engine_problem
      case $docker_problem,$podman_problem in
        'docker is not installed,podman is not installed')
          engine_fail 'there is no container engine: install Docker or podman (apt-get install podman netavark aardvark-dns runc)'
          ;;
        *',podman is not installed') engine_fail "$docker_problem" ;;
        'docker is not installed,'*) engine_fail "$podman_problem" ;;
        *) engine_fail "$docker_problem; $podman_problem" ;;
      esac
      ;;
    *) engine_fail "ENGINE is \"$ENGINE\": only docker and podman are known" ;;
  esac
}

if ! engine_choose || ! { [ "$ENGINE" = docker ] || engine_configure_podman; }; then
  case $- in
    *i*) return 1 ;; # not the end of somebody's shell
    *) exit 1 ;;
  esac
fi
export ENGINE KIND_EXPERIMENTAL_PROVIDER=$ENGINE
