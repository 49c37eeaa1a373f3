# unlock APP ID <WHO
# End an operation that does not end by itself, so that the target's lock is free: a person's act, never a timer's.
# Prints `broken killed` where it was alive, `broken dead` where nothing of it was.
set -u
app=$1 id=$2 limit=20
who=$(head -c 400 | tr -d '\000-\037\177')
case $id in '' | *[!A-Za-z0-9_-]*) stop 64 "bad operation id" ;; esac
cd "$app" || stop 69 "$app cannot be entered"
common=$(git rev-parse --git-common-dir) || stop 69 "$app is no git checkout"
base=$(cd "$common" && pwd -P)/flightrules
op=$base/ops/$id
[ -d "$op" ] || stop 1 "there is no operation $id here"
[ ! -e "$op/rc" ] || stop 1 "operation $id has ended, and holds no lock"

alive() { ! flock -s -n "$op/run.lock" true 2>/dev/null; }

gone() { # within five seconds
  for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25; do
    alive || return 0
    sleep 0.2
  done
  return 1
}

outcome=dead
if alive; then
  read -r _ group _ <"$op/started" || stop 1 "operation $id has not started yet"
  case $group in '' | *[!0-9]*) stop 1 "the process group of $id cannot be read" ;; esac
  outcome=killed
fi
printf '%s\t%s\t%s\t%s\t%s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$id" - "$who" "lock broken, operation $outcome" \
  >>"$base/audit.log" || stop 73 "$base/audit.log cannot be written"
if [ "$outcome" = killed ]; then
  # `kill -TERM -- -N` is no command to dash; `-s` is understood by every shell
  kill -s TERM -- "-$group" 2>/dev/null
  gone || kill -s KILL -- "-$group" 2>/dev/null
  gone || stop 1 "operation $id does not let go"
fi
# Whoever took the target meanwhile keeps its name there.
flock -w 1 "$base/target.lock" sh -c ': >"$1"' clear "$base/holder" || :
printf 'broken %s\n' "$outcome"
