# look APP ID OFFSET MOST [WAIT]
# See what became of an operation: its state, its journal, and at most MOST bytes of its log from OFFSET on.
# With WAIT, one that runs is given so many seconds to end, and its end is seen at once.
set -u
app=$1 id=$2 offset=$3 most=$4 wait=${5-} limit=10
case $id in '' | *[!A-Za-z0-9_-]*) stop 64 "bad operation id" ;; esac
case $offset:$most in *[!0-9:]* | :* | *:) stop 64 "bad offset" ;; esac
case $wait in *[!0-9.]*) stop 64 "bad wait" ;; esac
cd "$app" || stop 69 "$app cannot be entered"
common=$(git rev-parse --git-common-dir) || stop 69 "$app is no git checkout"
op=$(cd "$common" && pwd -P)/flightrules/ops/$id

# A shared lock, so that many who look at once do not take each other for the runner.
alive() { ! flock -s -n "$op/run.lock" true 2>/dev/null; }

state() {
  if [ ! -d "$op" ]; then echo absent
  elif [ -e "$op/rc" ]; then echo 'done'
  elif alive; then echo running
  elif [ -e "$op/rc" ]; then echo 'done' # it ended between the two looks
  elif [ -e "$op/started" ]; then echo lost
  else echo claimed; fi
}

# The runner's lock is free once it ended, however that came about. Where flock cannot wait, nothing is lost.
if [ -n "$wait" ] && [ -e "$op/started" ] && [ ! -e "$op/rc" ]; then
  flock -s -w "$wait" "$op/run.lock" true 2>/dev/null || :
fi

# The state is read before the journal and the log: what is said to be done has both of them whole.
state=$(state)
rc='' boot=same
if [ "$state" != absent ]; then
  rc=$(cat "$op/rc" 2>/dev/null)
  if [ -e "$op/started" ]; then
    read -r _ _ booted <"$op/started"
    [ "$booted" = "$(cat /proc/sys/kernel/random/boot_id 2>/dev/null)" ] || boot=other
  fi
fi
printf 'state=%s rc=%s boot=%s\n' "$state" "$rc" "$boot"
[ "$state" != absent ] || exit 0
journal=$(head -c 65536 "$op/journal")
printf '%s\n\n' "$journal"
tail -c "+$((offset + 1))" "$op/log" | head -c "$most"
