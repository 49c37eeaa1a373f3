# running KIND APP LIMIT SUBJECT [COUNT STATUS... COUNT RELEASE...]
# Read what runs now: the host's clock, HEAD, the services; for `commands` what the service says of its release.
set -u
kind=$1 app=$2 limit=$3 project=$4
shift 4

compose() {
  probe containers head 1000000 containers
  ! ended containers || probe services head 4000000 inspected $(ids <"$dir/containers.out")
}

commands() {
  cd "$app" || return 0
  status=$1
  probe status head 20000 first "$@" &
  shift $((status + 1))
  [ "$1" = 0 ] || probe release head 1000 first "$@" &
  wait
}

scratch
trap 'rm -rf "$dir"' EXIT
trap 'exit 143' HUP INT TERM PIPE
probe clock head 100 now
probe head head 1000 git_head &
"$kind" "$@" &
wait
