# What every host program opens with: the marker that ends login noise, and length-framed records.
# A record is one header line, `@@ NAME STATUS MILLISECONDS OUT ERR`, then OUT and ERR bytes, then a newline.
locale=${LC_ALL-none}
export LC_ALL=C GIT_TERMINAL_PROMPT=0 GIT_OPTIONAL_LOCKS=0 GIT_NO_REPLACE_OBJECTS=1
unset CDPATH GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE
printf '\n@@flightrules 1\n'

owner='' # whose checkout it may be beside the login user's
if [ "${1-}" = owner ]; then
  owner=$2
  shift 2
fi

theirs() { # put the caller's locale back
  unset GIT_OPTIONAL_LOCKS
  if [ "$locale" = none ]; then unset LC_ALL; else LC_ALL=$locale; fi
}

stop() { printf '%s\n' "$2" >&2; exit "$1"; }

now() { # milliseconds since the epoch, also where date(1) knows no nanoseconds
  now=$(date +%s%3N)
  case $now in *[!0-9]*) now=$(date +%s)000 ;; esac
  printf '%s' "$now"
}

scratch() { # a private folder that works on a full root disk, gone when the program ends
  for place in /dev/shm /tmp /var/tmp; do
    dir=$(umask 077; mktemp -d "$place/flightrules.XXXXXX" 2>/dev/null) && return 0
  done
  stop 74 "no folder for temporary files: /dev/shm, /tmp and /var/tmp cannot be written"
}

uptime() { # hundredths of a second since boot, without starting a program
  read -r ticks _ </proc/uptime
  ticks=${ticks%.*}${ticks#*.}
}

emit() { # NAME STATUS BEGAN: whole records only, whoever else is writing; the lock is opened anew, or it would be shared
  sizes=$(wc -c "$dir/$1.out" "$dir/$1.err")
  uptime
  took=$(((ticks - $3) * 10)) header="$1 $2"
  set -- "$1" $sizes
  {
    flock 7
    printf '@@ %s %s %s %s\n' "$header" "$took" "$2" "$4"
    cat "$dir/$1.out" "$dir/$1.err"
    echo
  } 7>"$dir/lock"
}

probe() { # NAME KEEP BYTES COMMAND...: run one probe and emit what it found; KEEP is head or tail
  name=$1 keep=$2 most=$3
  shift 3
  uptime
  began=$ticks
  { ("$@") 2>"$dir/$name.err"; printf '%s\n' "$?" >"$dir/$name.rc"; } </dev/null | "$keep" -c "$most" >"$dir/$name.out"
  if [ -s "$dir/$name.err" ]; then
    head -c 2000 "$dir/$name.err" >"$dir/$name.all"
    mv -f "$dir/$name.all" "$dir/$name.err"
  fi
  ended "$name"
  emit "$name" "$status" "$began"
}

ended() { read -r status <"$dir/$1.rc"; [ "$status" = 0 ]; } # NAME: whether that probe succeeded

limited() { timeout -k 1 "$limit" "$@"; }

topmost() { # the folder that app lies in and that git is asked about
  top=$(cd "$app" 2>/dev/null && pwd -P) || top=$app
  while [ -n "$top" ] && [ ! -e "$top/.git" ]; do top=${top%/*}; done
  printf '%s' "${top:-$app}"
}

git() { # reading: nothing that a repository names is run, no lock is taken, and nothing is fetched
  command timeout -k 1 "$limit" env GIT_ALLOW_PROTOCOL=none git --no-pager -c safe.directory="$app" \
    -c safe.directory="$(topmost)" -c core.hooksPath=/dev/null -c core.fsmonitor=false -c log.showSignature=false \
    -c diff.relative=false -c gc.auto=0 -c maintenance.auto=false -C "$app" "$@"
}

git_head() {
  git rev-parse --verify --quiet 'HEAD^{commit}' || stop 1 "HEAD is no commit, or $app is no git checkout"
  git symbolic-ref --quiet --short HEAD || :
}

git_dirty() {
  repository "$app" && without_filters || return 1
  git status --porcelain=v2 -z --untracked-files=no --ignore-submodules=dirty
}

release() { # a full lower-case commit id and nothing else
  case $1 in '' | *[!0-9a-f]*) stop 64 "not a full commit id" ;; esac
  case ${#1} in 40 | 64) ;; *) stop 64 "not a full commit id" ;; esac
}

noted() { # ACT: a line in the host's audit log for what is no operation's, as those of the runner; no line, no act
  common=$(cd "$app" && git rev-parse --git-common-dir) &&
    base=$(cd "$app" && cd "$common" && pwd -P)/flightrules &&
    (umask 077 && mkdir -p "$base" &&
      printf '%s\t-\t-\t-\t%s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$1" >>"$base/audit.log") ||
    stop 73 "the audit log of $app cannot be written"
}

permitted() { :; } # COMMIT: ends the program where the commit may not run here; only a gate knows of such

containers() { # ids and services of the project's containers, those of `compose run` left out
  limited docker ps -a --no-trunc --filter "label=com.docker.compose.project=$project" \
    --filter label=com.docker.compose.oneoff=False --format '{{.ID}} {{.Label "com.docker.compose.service"}} {{.State}}'
}

inspected() { # ID...: one JSON object a line, with what it was made from; the environment is left out
  [ $# -gt 0 ] || return 0
  limited docker inspect --type container --format '{"id":{{json .Id}},"service":{{json (index .Config.Labels "com.docker.compose.service")}},"state":{{json .State}},"created":{{json .Created}},"restarts":{{json .RestartCount}},"image":{{json .Image}},"ref":{{json .Config.Image}},"hash":{{json (index .Config.Labels "com.docker.compose.config-hash")}},"name":{{json .Name}},"files":{{json (index .Config.Labels "com.docker.compose.project.config_files")}},"env_files":{{json (index .Config.Labels "com.docker.compose.project.environment_file")}},"folder":{{json (index .Config.Labels "com.docker.compose.project.working_dir")}}}' "$@"
}

ids() { while read -r id _; do printf '%s\n' "$id"; done; }

first() { # COUNT WORD...: run the first COUNT words as a command
  count=$1 left=$#
  shift
  while [ "$left" -gt 1 ]; do
    word=$1
    shift
    [ "$count" -le 0 ] || set -- "$@" "$word"
    count=$((count - 1)) left=$((left - 1))
  done
  limited "$@"
}

units() { # UNIT...: what systemd knows of each, its times in UTC, to the microsecond if this systemd can say it
  shown='Id,LoadState,ActiveState,SubState,Type,Result,NRestarts,MainPID,ExecMainStatus,ExecMainStartTimestamp,ActiveEnterTimestamp,InvocationID'
  limited env TZ=UTC systemctl show --no-pager --timestamp=us+utc --property="$shown" -- "$@" 2>/dev/null ||
    limited env TZ=UTC systemctl show --no-pager --property="$shown" -- "$@"
}
