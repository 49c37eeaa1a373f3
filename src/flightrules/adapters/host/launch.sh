# launch APP ID SHA256 UNTIL <PLAN
# Take an operation once and run it detached: it outlives this connection, and the same id never runs twice.
# UNTIL, in seconds since the epoch by this host's clock, is when it may no longer begin; empty where it always may.
# Exits with 64 for a bad id, 65 for a plan that did not arrive whole, 66 for an id that was used for another plan,
# 67 where it is too late.
set -eu
caller=$(umask)
umask 077
app=$1 id=$2 sha=$3 until=${4-} limit=10
case $id in '' | *[!A-Za-z0-9_-]*) stop 64 "bad operation id" ;; esac
for need in flock setsid sha256sum mktemp sync timeout; do
  command -v "$need" >/dev/null 2>&1 || stop 69 "this host has no $need"
done
cd "$app" || stop 69 "$app cannot be entered"
common=$(git rev-parse --git-common-dir) || stop 69 "$app is no git checkout"
base=$(cd "$common" && pwd -P)/flightrules
mkdir -p "$base/ops" || stop 73 "$base cannot be written"
flock -s -w 5 "$base/ops" true 2>/dev/null || stop 69 "flock of this host cannot wait (util-linux is needed)"
op=$base/ops/$id
[ -z "$until" ] || [ -e "$op/started" ] || [ "$(date +%s)" -lt "$until" ] || stop 67 "it may not begin any more"

if [ ! -d "$op" ]; then
  fresh=$(mktemp -d "$base/ops/.new.XXXXXX") || stop 73 "$base/ops cannot be written"
  trap 'rm -rf "$fresh"' EXIT
  trap 'exit 143' HUP INT TERM PIPE
  cat >"$fresh/plan"
  got=$(sha256sum <"$fresh/plan")
  [ "${got%% *}" = "$sha" ] || stop 65 "the plan did not arrive whole"
  printf '%s\n' "$sha" >"$fresh/sha"
  head -c 16384 /dev/zero >"$fresh/reserve"
  : >"$fresh/log"
  : >"$fresh/journal"
  : >"$fresh/run.lock"
  { tree_program; echo 'tree_main "$@"'; } >"$fresh/tree"
  cat >"$fresh/runner" <<'RUNNER'
# runner OP BASE APP UMASK OWNER: run the plan of one operation, journal each step, keep the target's lock while anything runs.
# Descriptor 9 is the operation's lock, 8 the target's. A step does not get them (a daemon it leaves behind would hold
# them for ever); the subshell around the step does, so the locks last as long as the step, whatever kills the runner.
op=$1 base=$2 app=$3 umask=$4 owner=$5
id=${op##*/} pass='' failed='' changed='' finished='' want='' moved=''
incident='' who='' why=''

now() {
  now=$(date +%s%3N)
  case $now in *[!0-9]*) now=$(date +%s)000 ;; esac
  printf '%s' "$now"
}

audit() { # ACT: a line for people, tab separated: when, operation, incident, who, act
  printf '%s\t%s\t%s\t%s\t%s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$id" "$incident" "$who" "$*" >>"$base/audit.log"
}

durable() { sync "$1" 2>/dev/null || sync; }

journal() { printf '%s %s\n' "$*" "$(now)" >>"$op/journal" && durable "$op/journal"; }

finish() { # STATUS: written whole, on the disk; the reserve gives the room for it where a build filled the disk
  rm -f "$op/reserve"
  audit "ended with exit status $1" || :
  printf '%s\n' "$1" >"$op/rc.tmp" && durable "$op/rc.tmp" && mv -f "$op/rc.tmp" "$op/rc" && durable "$op"
  exit "$1"
}

about() { # KEY VALUE
  case $pass:$1 in
    open:incident) incident=$2 ;;
    open:who) who=$2 ;;
    open:why) why=$2 ;;
  esac
}

inside() { # NAME=VALUE... COMMAND...: in the app's folder, with the caller's umask
  cd "$app" && umask "$umask" || return
  if [ "$1" = flightrules-tree ]; then
    shift
    exec env op="$op" base="$base" app="$app" owner="$owner" sh "$op/tree" "$@" 8>&- 9>&-
  fi
  exec env "$@" 8>&- 9>&-
}

run() { # WORD INDEX COMMAND...: one command between two journal lines; no line, no command
  word=$1 index=$2
  shift 2
  journal "$word" "$index" "$name" || return 74
  (
    (inside "$@") </dev/null
    status=$?
    journal "$word-end" "$index" "$status"
    exit "$status"
  )
}

step() { # INDEX NAME keeps|changes NAME=VALUE... COMMAND...
  [ "$pass" = run ] && [ -z "$failed" ] || return 0
  index=$1 name=$2 effect=$3
  shift 3
  [ "$effect" = keeps ] || changed=yes
  audit "step $index $name started" || { failed=74; return 0; }
  run step "$index" "$@"
  status=$?
  audit "step $index $name ended with exit status $status" || :
  finished="$index $finished" # one that failed may have done a part
  [ "$status" = 0 ] || failed=$status
}

undo() { # INDEX NAME=VALUE... COMMAND...
  [ "$pass" = undo ] && [ "$1" = "$want" ] || return 0
  index=$1 name=undo
  shift
  audit "step $index is undone" || :
  run undo "$index" "$@"
  audit "undo of step $index ended with exit status $?" || :
}

look_at() { # ARGUMENT...: git on the checkout, reading alone
  timeout 20 git -C "$app" -c 'safe.directory=*' -c core.hooksPath=/dev/null -c core.fsmonitor=false \
    -c core.warnAmbiguousRefs=false "$@" 2>&1
}

running_images() { # PROJECT: service and image of each container, those of `compose run` left out
  ids=$(timeout 20 docker ps -aq --no-trunc --filter "label=com.docker.compose.project=$1" \
    --filter label=com.docker.compose.oneoff=False) || return 1
  set -- $ids
  [ $# -eq 0 ] || timeout 20 docker inspect --type container \
    --format '{{index .Config.Labels "com.docker.compose.service"}} {{.Image}}' "$@"
}

expect() { # WHAT WORD...: whether the host is as its plan says, once the lock is held; what differs goes into the log
  [ "$pass" = expect ] || return 0
  case $1 in
    head) found=$(look_at rev-parse --verify --quiet 'HEAD^{commit}') wanted=$2 ;;
    branch) found=$(look_at symbolic-ref --quiet --short HEAD) wanted=$2 ;;
    clean) found=$(look_at status --porcelain --untracked-files=no --ignore-submodules=dirty && echo yes) wanted=yes ;;
    folder) found=$(readlink -f "$2") found=${found##*/} wanted=$3 ;;
    images)
      found=$(running_images "$2" && echo .) && found=$(printf '%s' "${found%.}" | LC_ALL=C sort -u | sha256sum)
      found=${found%% *} wanted=$3
      ;;
    *) found='not known here' wanted='' ;;
  esac
  [ "$found" = "$wanted" ] && return 0
  moved="$moved $1"
  case $1 in
    images) printf 'moved: other images run\n' ;;
    clean) printf 'moved: tracked files were changed\n' ;;
    *) printf 'moved: %s is %s, not %s\n' "$1" "$(printf '%.200s' "$found" | tr '\n' ' ')" "$wanted" ;;
  esac
}

exec 9<>"$op/run.lock"
flock -w 5 9 || exit 0 # another runner has it; waiting, since whoever looks takes this lock for a moment
[ ! -e "$op/rc" ] || exit 0
[ ! -e "$op/started" ] || exit 0 # started before and died: lost, never run again
boot=$(cat /proc/sys/kernel/random/boot_id 2>/dev/null)
printf '%s %s %s\n' "$(now)" "$$" "$boot" >"$op/started.tmp" &&
  durable "$op/started.tmp" && mv -f "$op/started.tmp" "$op/started" && durable "$op" && durable "$base/ops" || exit 74
pass=open
. "$op/plan"
exec 8<>"$base/target.lock"
if ! flock -w 3 8; then
  printf 'busy: %s\n' "$(cat "$base/holder" 2>/dev/null)"
  finish 75
fi
pass=expect
. "$op/plan"
if [ -n "$moved" ]; then
  audit "ended untouched, production moved:$moved" || :
  finish 76
fi
printf 'operation %s of incident %s, approved by %s, since %s: %s\n' \
  "$id" "$incident" "$who" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$why" >"$base/holder" || finish 74
audit started || finish 74
pass=run
. "$op/plan"
if [ -n "$failed" ] && [ -z "$changed" ]; then
  pass=undo
  for want in $finished; do . "$op/plan"; done
fi
: >"$base/holder"
finish "${failed:-0}"
RUNNER
  # rename(2) is the claim: of twins that race, one wins and the other goes on with the winner's folder
  if mv -T "$fresh" "$op" 2>/dev/null; then trap - EXIT; fi
fi
[ "$(cat "$op/sha")" = "$sha" ] || stop 66 "operation $id was used for another plan"
theirs # the steps run in the caller's locale
setsid sh "$op/runner" "$op" "$base" "$app" "$caller" "$owner" </dev/null >>"$op/log" 2>&1 8>&- 9>&- &
printf 'accepted %s\n' "$id"
