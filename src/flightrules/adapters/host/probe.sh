# probe KIND APP LIMIT TAIL SINCE WANTED SUBJECT [COUNT STATUS... COUNT LOGS... | UNIT...]
# Collect evidence: every wanted probe at once, each emitted as soon as it is there, each under its own time limit.
set -u
kind=$1 app=$2 limit=$3 lines=$4 since=$5 wanted=$6 project=$7
shift 7

wants() { case ",$wanted," in *",$1,"*) return 0 ;; esac; return 1; }

disk() { # -k|-i: a network mount that hangs must not cost the reading of the local ones
  limited df -P "$1" && return 0
  df -P "$1" / "$app"
}

git_commits() { git log -z --date-order -n 20 --format='%H%x1f%cI%x1f%s' --branches --remotes --tags HEAD; }

git_moves() {
  if [ -n "$link" ]; then moves; else reflog; fi
}

reflog() { git log -z --walk-reflogs -n 50 --date=iso-strict --format='%H%x1f%gd%x1f%gs' HEAD; }

logs() { limited docker logs --timestamps --tail "$lines" ${since:+--since "$since"} "$1" 2>&1; }

nanoseconds() {
  now=$(date +%s%N)
  case $now in
    *[!0-9]*) read -r now _ </proc/uptime; now="${now%.*}${now#*.}0000000" ;;
  esac
  printf '%s' "$now"
}

used() { # FILE: processor time in nanoseconds
  case $1 in
    */cpu.stat) read -r _ spent <"$1" && spent=${spent}000 ;;
    *) read -r spent <"$1" ;;
  esac
}

memory_of() { # FILE: memory in use without the page cache that can be dropped, and its limit
  case $1 in
    */cpu.stat) at=${1%/*} now_in=memory.current top_in=memory.max cache=inactive_file ;;
    *)
      at=${1%/*} now_in=memory.usage_in_bytes top_in=memory.limit_in_bytes cache=total_inactive_file
      at="/sys/fs/cgroup/memory/${at#/sys/fs/cgroup/*/}"
      ;;
  esac
  read -r bytes <"$at/$now_in" && read -r top <"$at/$top_in" || return 1
  while read -r key value; do [ "$key" != "$cache" ] || bytes=$((bytes - value)); done <"$at/memory.stat"
}

counted() { # the first look, at every container of this host: which are the project's is not known yet
  : >"$dir/counters"
  first_look=$(nanoseconds)
  uptime
  looked=$ticks
  for file in /sys/fs/cgroup/system.slice/docker-*.scope/cpu.stat /sys/fs/cgroup/docker/*/cpu.stat \
    /sys/fs/cgroup/user.slice/user-*.slice/user@*.service/*/docker-*.scope/cpu.stat \
    /sys/fs/cgroup/cpuacct/docker/*/cpuacct.usage /sys/fs/cgroup/cpuacct/system.slice/docker-*.scope/cpuacct.usage \
    /sys/fs/cgroup/cpu,cpuacct/docker/*/cpuacct.usage \
    /sys/fs/cgroup/cpu,cpuacct/system.slice/docker-*.scope/cpuacct.usage; do
    [ -r "$file" ] && used "$file" 2>/dev/null || continue
    id=${file%/*}
    id=${id##*/docker-}
    id=${id##*/}
    printf '%s %s %s\n' "${id%.scope}" "$file" "$spent"
  done >"$dir/counters"
}

sampled() { # the second look, a tenth of a second after the first; fails where no container that runs was seen
  running=' ' found=''
  while read -r id _ state; do [ "$state" != running ] || running="$running$id "; done <"$dir/containers.out"
  [ "$running" != ' ' ] || return 0
  uptime
  wait=$((100 - (ticks - looked) * 10))
  [ "$wait" -lt 10 ] || sleep "$(printf "0.%03d" "$wait")"
  elapsed=$(($(nanoseconds) - first_look))
  while read -r id file before; do
    case $running in *" $id "*) ;; *) continue ;; esac
    used "$file" && memory_of "$file" || continue
    found="$found$id $((spent - before)) $elapsed $bytes $top
"
  done <"$dir/counters"
  [ -n "$found" ] && printf '%s' "$found"
}

stats() {
  sampled 2>/dev/null && return 0
  echo engine
  limited docker stats --no-stream --no-trunc --format '{{.ID}}	{{.CPUPerc}}	{{.MemUsage}}' $(ids <"$dir/containers.out")
}

log_probes() { # eight at a time, so that a host with a hundred services is not knocked over
  while read -r id service _; do
    case $service in '' | *[!A-Za-z0-9._-]*) continue ;; esac
    wants logs || wants "logs:$service" || continue
    probe "log:$service:$id" tail 262144 logs "$id" &
    started=$((${started:-0} + 1))
    [ $((started % 8)) -ne 0 ] || wait
  done <"$dir/containers.out"
  wait
}

compose() {
  ! wants stats || counted
  probe containers head 1000000 containers
  ended containers || return 0
  ! wants services || probe services head 4000000 inspected $(ids <"$dir/containers.out") &
  ! wants stats || probe stats head 200000 stats &
  log_probes
  wait
}

commands() { # the user's own words for status and logs, run in the app's folder
  cd "$app" || return 0
  status=$1
  ! wants services || probe status head 20000 first "$@" &
  shift $((status + 1))
  ! { wants logs || wants "logs:$project"; } || probe "log:$project:" tail 262144 first "$@" &
  wait
}

systemd() { # UNIT...
  ! wants services || probe status head 200000 units "$@" &
  for unit in "$@"; do
    wants logs || wants "logs:${unit%.service}" || continue
    probe "log:${unit%.service}:" tail 262144 journal_of "$unit" &
    started=$((${started:-0} + 1))
    [ $((started % 8)) -ne 0 ] || wait
  done
  wait
}

journal_of() { # UNIT: its entries, and what systemd itself says of it
  limited journalctl --no-pager --output=json --output-fields=MESSAGE --lines="$lines" ${since:+--since="-$since"} --unit="$1"
}

scratch
trap 'rm -rf "$dir"' EXIT
trap 'exit 143' HUP INT TERM PIPE
(
  sleep $((limit * 3)) &
  trap 'kill $!; exit' TERM
  wait
  read -r _ _ _ parent _ </proc/self/stat
  [ "$parent" != $$ ] || kill -TERM $$ # else this program is gone, and its number may be a stranger's
) </dev/null >/dev/null 2>&1 &
guard=$!

"$kind" "$@" &
running=$!
if wants deploys || [ -n "$since" ]; then # what is told by the host's clock
  probe clock head 100 now &
  running="$running $!"
fi
if wants disk; then
  probe disk head 100000 disk -k &
  running="$running $!"
  probe inodes head 100000 disk -i & # not every df counts them
  running="$running $!"
fi
! wants memory || probe memory head 20000 cat /proc/meminfo &
running="$running $!"
if wants deploys; then
  probe head head 1000 git_head &
  running="$running $!"
  probe dirty head 100000 git_dirty &
  running="$running $!"
  probe commits head 100000 git_commits &
  running="$running $!"
  probe moves head 100000 git_moves &
  running="$running $!"
fi
wait $running
kill "$guard"
