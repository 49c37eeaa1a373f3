
# What the configuration of the release names and only this host has: no commit holds it, so no rollback brings it back.
# Prints a line for each: `since`, `before` or `unknown` for when it was written, held against the time at which HEAD left
# the release, or `data` for a folder that containers write; `ro` or `rw` as containers see it; the time in seconds; the
# path that the configuration names; the file.

looking=5 # seconds that it may take

of_the_system() { # PATH: what belongs to the host and not to the service
  case $1 in
    / | /etc | /home | /media | /mnt | /opt | /root | /srv | /tmp | /var) return 0 ;;
    /usr/local/*) return 1 ;;
  esac
  for place in /bin /boot /dev /lib /lib64 /proc /run /sbin /sys /usr /var/cache /var/lib/docker /var/log /var/run \
    /tmp/.X11-unix /etc/ca-certificates /etc/group /etc/hostname /etc/hosts /etc/localtime /etc/machine-id \
    /etc/os-release /etc/passwd /etc/pki /etc/resolv.conf /etc/shadow /etc/ssl /etc/timezone; do
    case $1 in "$place" | "$place"/*) return 0 ;; esac
  done
  return 1
}

left_at() { # when HEAD left the release last, in seconds since the epoch; empty if the reflog does not tell
  next=''
  git log --walk-reflogs --date=unix --format='%H %gd' HEAD 2>/dev/null | while read -r sha at; do
    at=${at##*@\{}
    if [ "$sha" = "$release" ]; then printf '%s' "$next"; break; fi
    next=${at%\}}
  done
}

named() { # mode and path of each mount, config, secret and env file; rw wins
  # Only the configuration with its variables as they are names env files: the other has their content.
  grep -h '^ *"path": "/' "$dir/raw.out" >"$dir/env_file_lines" || :
  awk '
    function value() { sub(/^ *"[a-z]+": "/, ""); sub(/",?$/, ""); return $0 }
    function add(path, mode) { if (path != "" && modes[path] != "rw") modes[path] = mode }
    /^ *"source": "/ { add(source, mode); source = value(); mode = "rw"; if (source !~ /^\//) source = ""; next }
    /^ *"read_only": true/ { mode = "ro"; next }
    /^ *\]/ { add(source, mode); source = ""; next }
    /^ *"(file|path)": "\// { add(value(), "ro"); next }
    /^ *"device": "\// { add(value(), "rw") }
    END { add(source, mode); for (path in modes) print modes[path], path }
  ' "$dir/config.out" "$dir/env_file_lines" | unescaped
  env_files_of_compose | sed 's/^/ro /'
}

env_files_of_compose() { # those that its own words name, else the one that it takes by itself
  root='' folder=$app files=''
  eval "set -- $compose_words"
  while [ $# -gt 0 ]; do
    case $1 in
      --env-file) files=yes && printf '%s\n' "$2" ;;
      --project-directory) folder=$2 ;;
    esac
    shift
  done
  [ -n "$files" ] || printf '%s\n' "$folder/.env"
}

is_written() { # FILE
  at=$(stat -c %Y -- "$1") || return 0
  state=unknown
  [ -z "$left" ] || state=before
  [ -z "$left" ] || [ "$at" -lt "$left" ] || state=since
  printf '%s\t%s\t%s\t%s\t%s\n' "$state" "$mode" "$at" "$path" "$1"
}

newest_in() { # FOLDER: the first files in it that were written since
  state=unknown spent=0
  uptime
  [ -z "$left" ] || spent=$(((ticks - began_looking) / 100))
  if [ -n "$left" ] && [ "$spent" -lt "$looking" ]; then
    timeout -k 1 "$((looking - spent))" find "$1" -xdev -type f -newer "$dir/left" -print >"$dir/newer" 2>/dev/null && state=before
    head -n 3 "$dir/newer" >"$dir/newest"
    if [ -s "$dir/newest" ]; then
      while IFS= read -r file; do is_written "$file"; done <"$dir/newest"
      return
    fi
  fi
  printf '%s\t%s\t\t%s\t%s\n' "$state" "$mode" "$path" "$1"
}

beside_its_own() { # FOLDER below $export: files of the host alone beside those of the release
  find "$1" -type l -print 2>/dev/null | head -n 200 | while IFS= read -r found; do
    [ "$(readlink -- "$found")" = "${found#"$export"}" ] && [ -f "$found" ] && is_written "${found#"$export"}"
  done
}

alone() {
  left=$(left_at)
  prefix=$(git rev-parse --show-prefix) || return 1
  prefix=${prefix%/}
  top=${app%/"$prefix"}
  uptime
  began_looking=$ticks
  [ -z "$left" ] || touch -d "@$((left - 1))" "$dir/left"
  named | sort -u | while IFS=' ' read -r mode path; do
    real=$(readlink -f -- "$export$path") || continue
    case $real/ in
      "$export$top"/*) [ ! -d "$real" ] || beside_its_own "$real" ;;
      "$export"/*) ;; # the work tree lies in it
      *)
        ! of_the_system "$path" && ! of_the_system "$real" || continue
        if [ -f "$real" ]; then is_written "$real"
        elif [ ! -d "$real" ]; then continue
        elif [ "$mode" = rw ]; then printf 'data\trw\t\t%s\t%s\n' "$path" "$real"
        else newest_in "$real"; fi
        ;;
    esac
  done
}
