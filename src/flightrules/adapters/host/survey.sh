# survey KIND APP LIMIT RELEASE TRYING SUBJECT [VARIABLE VARIABLES COMPOSE UP |
#   COUNT STATUS... [COUNT RELEASE...] | COUNT RELEASE... COUNT RESTART... UNIT...]
# Read what a plan needs to know. Nothing is changed but the repository's objects, where the release must be fetched, and
# the audit log, which then has a line before and one after. TRYING, unless empty, also writes the release out on trial and
# reads what only a plan shows; without it, what an approval is held against again.
set -u
kind=$1 app=$2 limit=$3 release=$4 trying=$5 project=$6
shift 6
release "$release"
IFS= read -r arrived || arrived='' # a word is sent: a login shell's start-up file that reads it would read a plan too

present() { git cat-file -e "$release^{commit}" 2>/dev/null; }

fetched() { # a shallow clone gets the one commit, any other first the commit, then all branches
  ! present || { echo present; return 0; }
  trusted || stop 1 "nothing is fetched in $app, where another account than $(id -un) says what git runs"
  noted "fetch of $release started"
  limit=60
  if [ "$(git rev-parse --is-shallow-repository)" = true ]; then shallow=--depth=1; else shallow=''; fi
  { tree_git fetch --quiet --no-tags $shallow origin "$release" || tree_git fetch --quiet $shallow origin; } ||
    { noted "fetch of $release ended with exit status $?"; return 1; }
  noted "fetch of $release ended with exit status 0"
  present || stop 1 "the commit is not in the repository, nor where it was fetched from"
  echo fetched
}

git_paths() { git diff --name-only -z --no-renames "$release" "$(standing)"; }

git_folders() { # of both releases, from the repository's root; files at the root beside them
  for rev in "$(standing)" "$release"; do
    git ls-tree -r -d --full-tree --name-only -z "$rev" && git ls-tree --full-tree --name-only -z "$rev" || return 1
  done
}

described() { # what the commits of both releases tell: time, author, tags, subject
  git log -z --no-walk=unsorted --decorate-refs='refs/tags/*' --format='%H%x1f%cI%x1f%an%x1f%D%x1f%s' \
    "$(standing)" "$release"
}

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
  used=$(composed "$export" "$release" config --environment 2>/dev/null) || return 0
  printf '%s\n' "$used" | grep -qx "$variable=$release" || echo "$variable$where"
}

lacking() { # env files that the configuration names and that would not be there
  sed -n 's/^ *"path": "\(\/.*\)",\{0,1\}$/\1/p' "$dir/config.out" | unescaped | sort -u |
    while IFS= read -r path; do [ -e "$export$path" ] || [ -e "$path" ] || printf '%s\n' "$path"; done
}

env_files() { # when .env and what the configuration names was written; other paths in it do no harm
  {
    printf '%s\n' "$app/.env"
    sed -n 's/^ *"path": "\(.*\)",\{0,1\}$/\1/p' "$dir/config.out" | unescaped
  } | while read -r path; do
    [ -f "$path" ] || continue
    at=$(date -r "$path" +%s%3N)
    case $at in *[!0-9]*) at=$(date -r "$path" +%s)000 ;; esac
    printf '%s %s\n' "$at" "$path"
  done
}

links() { # paths of the configuration that lead elsewhere at the release, each with where
  sed -n 's/^ *"\(source\|file\|path\|device\|context\)": "\(\/.*\)",\{0,1\}$/\2/p' "$dir/config.out" | unescaped | sort -u |
    while IFS= read -r path; do
      real=$(readlink -f -- "$export$path" 2>/dev/null | real_paths) || continue
      [ -z "$real" ] || [ "$real" = "$path" ] || printf '%s\t%s\n' "$path" "$real"
    done
}

configured() {
  probe export head 100 exported
  ended export || return 0
  probe shadows head 2000 shadows &
  [ -z "$trying" ] || probe raw head 4000000 composed "$export" "$release" config --no-interpolate --format json &
  probe config head 4000000 rendered "$export" "$release"
  probe env_files head 100000 env_files
  probe lacking head 100000 lacking
  probe links head 200000 links
  wait
  [ -z "$trying" ] || probe alone head 200000 alone
}

hidden() { # services that run and that the settings do not name, with the profiles that would
  while read -r _ service _; do
    grep -q "^    \"$service\": {" "$dir/current.out" || { rendered '' "$1" --profile '*'
      return
    }
  done <"$dir/containers.out"
}

explained() { # RELEASE: whether the settings, at the release of the work tree, make what runs
  probe would head 200000 would "$1" &
  probe current head 4000000 rendered '' "$1"
  probe hidden head 4000000 hidden "$1"
  wait
}

volumes() { # the project's volumes that are there, and how they were made
  names=$(limited docker volume ls -q --filter "label=com.docker.compose.project=$project") || return 1
  [ -z "$names" ] || limited docker volume inspect \
    --format '{"volume":{{json (index .Labels "com.docker.compose.volume")}},"driver":{{json .Driver}},"options":{{json .Options}}}' $names
}

compose() { # VARIABLE VARIABLES COMPOSE UP
  variable=$1 variable_words=$2 compose_words=$3 up_words=$4
  probe images head 4000000 images &
  probe prefix head 4000 git rev-parse --show-prefix &
  [ -z "$trying" ] || probe volumes head 200000 volumes &
  {
    probe containers head 1000000 containers
    if ended containers; then
      probe services head 4000000 inspected $(ids <"$dir/containers.out") &
      probe mounts head 200000 mounted $(ids <"$dir/containers.out") &
      ! stands=$(git rev-parse --verify --quiet 'HEAD^{commit}') || explained "$stands"
      wait
    fi
  } &
  ! ended release || configured
  wait
}

right() { # COUNT RESTART...: what sudo says of this account and the restart, which is not made
  shift
  id -u || return 1
  sudo=$1
  shift
  limited "$sudo" -n -ll "$@"
}

commands() { # COUNT STATUS... COUNT RELEASE... [COUNT RESTART...]
  cd "$app" || return 0
  [ -z "$link" ] || probe folders head 1000 folders "$release" &
  status=$1
  probe status head 20000 first "$@" &
  shift $((status + 1))
  told=${1:-0}
  [ "$told" = 0 ] || probe told head 1000 first "$@" &
  [ "$told" = 0 ] && [ $# = 0 ] || shift $((told + 1))
  [ "${1:-0}" = 0 ] || probe right head 8000 right "$@" &
  wait
}

systemd() { # COUNT RELEASE... COUNT RESTART... UNIT...
  cd "$app" || return 0
  [ -z "$link" ] || probe folders head 1000 folders "$release" &
  told=$1
  [ "$told" = 0 ] || probe told head 1000 first "$@" &
  shift $((told + 1))
  restart=$1
  [ "$restart" = 0 ] || probe right head 8000 may_restart "$@" &
  shift $((restart + 1))
  probe status head 200000 units "$@" &
  wait
}

may_restart() { # COUNT RESTART... UNIT...
  number=$1 words=$(($# - 1))
  shift
  while [ "$words" -gt 0 ]; do # the first of them, in their order
    word=$1
    shift
    [ "$number" -le 0 ] || set -- "$@" "$word"
    number=$((number - 1)) words=$((words - 1))
  done
  right $# "$@"
}

scratch
export=$(umask 077; mktemp -d "${TMPDIR:-/tmp}/flightrules.XXXXXX" 2>/dev/null) || export=$dir/export # whole trees are big
mkdir -p "$export"
trap 'rm -rf "$dir" "$export"' EXIT
trap 'exit 143' HUP INT TERM PIPE
probe clock head 100 now
probe arrived head 100 printf '%s\n' "$arrived"
probe lock head 4000 lock &
[ -z "$trying" ] || probe space head 10000 space &
probe head head 1000 git_head &
probe dirty head 100000 git_dirty &
probe release head 100 fetched
if ended release; then
  permitted "$release" # or the survey ends here
  probe paths head 1000000 git_paths &
  probe submodules head 100 git_submodules &
  if [ -n "$trying" ]; then
    probe described head 20000 described &
    probe places head 1000000 git_folders &
  fi
  if [ -n "$link" ]; then probe rehearsal head 2000000 rehearsed_apart &
  else probe rehearsal head 2000000 rehearsed "$(git rev-parse HEAD)" & fi
fi
"$kind" "$@" &
wait
