# survey KIND APP LIMIT RELEASE SUBJECT [VARIABLE FILE... | COUNT STATUS... [COUNT RELEASE...]]
# Read what a plan needs to know. Nothing is changed but the repository's objects, where the release must be fetched, and
# the audit log, which then has a line before and one after.
set -u
kind=$1 app=$2 limit=$3 release=$4 project=$5
shift 5
release "$release"

present() { git cat-file -e "$release^{commit}" 2>/dev/null; }

fetched() { # a shallow clone gets the one commit, any other first the commit, then all branches
  ! present || { echo present; return 0; }
  noted "fetch of $release started"
  limit=60
  if [ "$(git rev-parse --is-shallow-repository)" = true ]; then shallow=--depth=1; else shallow=''; fi
  { git fetch --quiet --no-tags $shallow origin "$release" || git fetch --quiet $shallow origin; } ||
    { noted "fetch of $release ended with exit status $?"; return 1; }
  noted "fetch of $release ended with exit status 0"
  present || stop 1 "the commit is not in the repository, nor where it was fetched from"
  echo fetched
}

git_patch() { # where releases lie side by side nothing is lost
  [ -n "$link" ] || git diff --no-color --no-ext-diff --no-textconv HEAD
}

git_paths() { git diff --name-only -z --no-renames "$release" "$(standing)"; }

git_submodules() { # both ends of the way count
  if git cat-file -e "$release:.gitmodules" 2>/dev/null || git cat-file -e "$(standing):.gitmodules" 2>/dev/null; then
    echo yes
  fi
}

lock() {
  common=$(cd "$app" && git rev-parse --git-common-dir) || return 1
  base=$(cd "$app" && cd "$common" && pwd -P)/flightrules
  if [ -e "$base/target.lock" ] && ! flock -s -n "$base/target.lock" true; then echo held; else echo free; fi
  cat "$base/holder" 2>/dev/null || :
}

space() { # where images live, else where the app lives: bytes, then inodes, which not every df counts
  where=${releases:-$app}
  [ "$kind" != compose ] || where=$(limited docker info --format '{{.DockerRootDir}}') || return 1
  limited df -P "$where" >/dev/null 2>&1 || where=$app
  limited df -P -k "$where" || return 1
  echo inodes
  limited df -P -i "$where" || :
}

shadows() { # what stands on the host in front of what the plan sets; compose itself says what it would use
  case ${COMPOSE_REMOVE_ORPHANS:-} in 1 | true) echo 'COMPOSE_REMOVE_ORPHANS in the login shell' ;; esac
  ! grep -Eqs '^[[:space:]]*(export[[:space:]]+)?COMPOSE_REMOVE_ORPHANS[[:space:]]*=[[:space:]]*"?(1|true)' "$app/.env" ||
    echo 'COMPOSE_REMOVE_ORPHANS in .env'
  [ -n "$variable" ] || return 0
  where=''
  ! printenv "$variable" >/dev/null || where=' in the login shell'
  ! grep -Eqs "^[[:space:]]*(export[[:space:]]+)?${variable}[[:space:]]*[=:]" "$app/.env" || where="$where in .env"
  [ -n "$where" ] || return 0
  used=$(composed "$@" config --environment 2>/dev/null) || return 0
  printf '%s\n' "$used" | grep -qx "$variable=$release" || echo "$variable$where"
}

config() { # FLAG...: env files are named, not read, where compose can do that (2.22 and later)
  composed "$@" config --no-env-resolution --format json || composed "$@" config --format json
}

hashes() { composed "$@" config --hash '*'; }

env_files() { # when .env and what the configuration names was written; other paths in it do no harm
  {
    printf '%s\n' "$app/.env"
    sed -n 's/^ *"path": "\(.*\)",\{0,1\}$/\1/p' "$dir/config.out"
  } | while read -r path; do
    [ -f "$path" ] || continue
    at=$(date -r "$path" +%s%3N)
    case $at in *[!0-9]*) at=$(date -r "$path" +%s)000 ;; esac
    printf '%s %s\n' "$at" "$path"
  done
}

configured() { # FILE...
  probe export head 100 exported
  ended export || return 0
  left=$#
  while [ "$left" -gt 0 ]; do
    set -- "$@" --file "$export/$1"
    shift
    left=$((left - 1))
  done
  probe hashes head 200000 hashes "$@" &
  probe shadows head 2000 shadows "$@" &
  probe config head 4000000 config "$@"
  probe env_files head 100000 env_files
  wait
}

compose() { # VARIABLE FILE...
  variable=$1
  shift
  probe images head 4000000 images &
  {
    probe containers head 1000000 containers
    ! ended containers || probe services head 4000000 inspected $(ids <"$dir/containers.out")
  } &
  ! ended release || configured "$@"
  wait
}

commands() { # COUNT STATUS... [COUNT RELEASE...]
  cd "$app" || return 0
  [ -z "$link" ] || probe folders head 1000 folders "$release" &
  status=$1
  probe status head 20000 first "$@" &
  shift $((status + 1))
  [ "${1:-0}" = 0 ] || probe told head 1000 first "$@" &
  wait
}

scratch
export=$(umask 077; mktemp -d "${TMPDIR:-/tmp}/flightrules.XXXXXX" 2>/dev/null) || export=$dir/export # whole trees are big
mkdir -p "$export"
trap 'rm -rf "$dir" "$export"' EXIT
trap 'exit 143' HUP INT TERM PIPE
probe clock head 100 now
probe lock head 4000 lock &
probe space head 10000 space &
probe head head 1000 git_head &
probe dirty head 100000 git_dirty &
probe patch head 65536 git_patch &
probe release head 100 fetched
if ended release; then
  permitted "$release" # or the survey ends here
  probe paths head 1000000 git_paths &
  probe submodules head 100 git_submodules &
fi
"$kind" "$@" &
wait
