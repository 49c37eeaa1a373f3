# running KIND APP LIMIT RELEASE SUBJECT [VARIABLES COMPOSE UP | COUNT STATUS... COUNT TOLD... |
#   COUNT TOLD... UNIT...]
# Read what runs now: the host's clock, HEAD, the services; for `commands` and `systemd` what the service says of its release; for
# `compose`, where a release is named, what the settings would change about what runs, with the files of the work tree.
# Where a release is named, every file of the work tree is held against it.
set -u
kind=$1 app=$2 limit=$3 release=$4 project=$5
shift 5
[ -z "$release" ] || release "$release"

compose() {
  variable_words=$1 compose_words=$2 up_words=$3
  [ -z "$release" ] || probe would head 200000 would "$release" &
  probe containers head 1000000 containers
  if ended containers; then
    [ -z "$release" ] || probe mounts head 200000 mounted $(ids <"$dir/containers.out") &
    probe services head 4000000 inspected $(ids <"$dir/containers.out")
  fi
  wait
}

commands() {
  cd "$app" || return 0
  status=$1
  probe status head 20000 first "$@" &
  shift $((status + 1))
  [ "$1" = 0 ] || probe release head 1000 first "$@" &
  wait
}

systemd() { # COUNT RELEASE... UNIT...
  cd "$app" || return 0
  told=$1
  [ "$told" = 0 ] || probe release head 1000 first "$@" &
  shift $((told + 1))
  probe status head 200000 units "$@" &
  wait
}

scratch
trap 'rm -rf "$dir"' EXIT
trap 'exit 143' HUP INT TERM PIPE
probe clock head 100 now
probe head head 1000 git_head &
[ -z "$release" ] || probe content head 200000 content "$release" &
"$kind" "$@" &
wait
