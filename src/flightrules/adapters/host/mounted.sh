
# What containers see behind their mounts of the work tree. A mount keeps the file or folder that it was made of: once
# another took its name (git replaces files), the container sees the old one. The kernel tells it to every account.

here() { # PATH: shown, the device and the path in it that this path is on, as /proc/PID/mountinfo writes them
  best='' shown='' resolved=$(readlink -f -- "$1" | sed 's/\\/\\134/g; s/ /\\040/g; s/\t/\\011/g') || return 1
  [ -n "$resolved" ] || return 1
  while read -r _ _ device root point _; do
    case $resolved/ in "${point%/}"/*) ;; *) continue ;; esac
    [ "${#point}" -ge "${#best}" ] || continue
    best=$point rest=${resolved#"${point%/}"} shown="$device ${root%/}$rest"
  done </proc/self/mountinfo
  [ -n "$shown" ]
}

inside() { # PID PATH: the same of what is mounted there in a container
  shown='' path=$(printf '%s' "$2" | sed 's/\\/\\134/g; s/ /\\040/g; s/\t/\\011/g')
  [ -r "/proc/$1/mountinfo" ] || return 1
  while read -r _ _ device root point _; do [ "$point" != "$path" ] || shown="$device ${root%/}"; done <"/proc/$1/mountinfo"
  [ -n "$shown" ]
}

devices() { # the volumes of $dir/mounts that bind a folder of this host: name, path here
  names=$(sed -n "s|^.*$tab//||p" "$dir/mounts" | sort -u)
  [ -z "$names" ] || limited docker volume inspect --format '{{printf "%s\t%s\t%s" .Name (index .Options "o") (index .Options "device")}}' $names |
    while IFS=$tab read -r name options device; do
      case ,$options, in *,bind,* | *,rbind,*) printf '%s\t%s\n' "$name" "$device" ;; esac
    done
}

device_of() { # VOLUME: source
  source=''
  while IFS=$tab read -r name device; do [ "$name" != "$1" ] || source=$device; done <"$dir/devices"
}

of_the_tree() { # PATH: also by a link to the work tree, as an `app_dir` may be
  case $1/ in "$at"/*) return 0 ;; esac
  led=$(readlink -f -- "$1") || return 1
  case $led/ in "$at"/*) return 0 ;; esac
  return 1
}

mounted() { # ID...: a line for each mount of the work tree: state, service, path inside, path here
  [ $# -gt 0 ] || return 0
  repository "$app" || return 1
  limited docker inspect --type container --format '{{$pid := .State.Pid}}{{$service := index .Config.Labels "com.docker.compose.service"}}{{range .Mounts}}{{if eq .Type "bind"}}{{printf "%d\t%s\t%s\t%s\n" $pid $service .Destination .Source}}{{else if eq .Type "volume"}}{{printf "%d\t%s\t%s\t//%s\n" $pid $service .Destination .Name}}{{end}}{{end}}' "$@" >"$dir/mounts" || return 1
  devices >"$dir/devices" || return 1
  while IFS=$tab read -r pid service target source; do
    case $source in //*) device_of "${source#//}" ;; esac
    case $pid:$source in 0:* | *:) continue ;; esac
    of_the_tree "$source" || continue
    if ! inside "$pid" "$target"; then state=unknown
    else
      seen=$shown
      if [ "$seen" != "${seen%//deleted}" ]; then state=old
      elif ! here "$source" || [ "${seen%% *}" != "${shown%% *}" ]; then state=unknown
      elif [ "$seen" = "$shown" ]; then state=same
      else state=old; fi
    fi
    printf '%s\t%s\t%s\t%s\n' "$state" "$service" "$target" "$source"
  done <"$dir/mounts"
}
