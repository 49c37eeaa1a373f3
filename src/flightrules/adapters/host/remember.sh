# remember KIND APP LIMIT RELEASE PROJECT KEPT
# Tag the images that run now as flightrules/PROJECT/SERVICE:RELEASE, hold each by a container that is never started,
# for the newest KEPT releases, and print each service with its image. What changes has a line in the audit log first.
set -u
kind=$1 app=$2 limit=$3 release=$4 project=$5 kept=$6
release "$release"

tagged() { # NAME IMAGE: whether the name is that image's already
  ids=$(limited docker image inspect --format '{{.Id}}' "$1" "$2" 2>/dev/null) || return 1
  [ "${ids%%[!0-9a-z:]*}" = "${ids##*[!0-9a-z:]}" ]
}

keep() { # SERVICE NAME IMAGE: tag it, and hold it: a prune of all unused images takes tags, but none a container uses
  holder=flightrules-keep-$project-$1-$release held=''
  [ "$kept" -le 0 ] || held=$(limited docker inspect --type container --format '{{.Image}}' "$holder" 2>/dev/null) || held=''
  if tagged "$2:$release" "$3" && { [ "$kept" -le 0 ] || [ "$held" = "$3" ]; }; then return 0; fi
  noted "image of $1 kept for $release: $3"
  limited docker tag "$3" "$2:$release" || stop 1 "$1 could not be tagged"
  [ "$kept" -gt 0 ] && [ "$held" != "$3" ] || return 0
  [ -z "$held" ] || limited docker rm -v "$holder" >/dev/null || return 1
  # Named as another project's, or compose would take it for a container of this one: images carry its labels.
  limited docker create --name "$holder" --network none --label com.docker.compose.project=flightrules-keep \
    --label "flightrules.keep=$project" --label "flightrules.name=$2" --label "flightrules.release=$release" \
    "$3" true >/dev/null
}

let_go() { # NAME: of all holders but the newest, which docker lists first
  limited docker ps -a --no-trunc --filter "label=flightrules.keep=$project" --filter "label=flightrules.name=$1" \
    --filter status=created --format '{{.ID}} {{.Names}}' | tail -n "+$((kept + 1))" | while read -r old held; do
    noted "image no longer kept: $held"
    limited docker rm -v "$old" >/dev/null
  done
}

head=$(git_head) || stop 1 "it cannot be read which release $app stands at"
head=${head%%[!0-9a-f]*}
[ "$head" = "$release" ] || stop 1 "HEAD is $head, not $release"
[ "$kind" = compose ] || exit 0
scratch
trap 'rm -rf "$dir"' EXIT
trap 'exit 143' HUP INT TERM PIPE
containers >"$dir/all" || stop 1 "the containers could not be listed"
while read -r id service state; do
  case $state in running | paused | exited) ;; *) continue ;; esac # one that ran to its end has an image too
  case $service in '' | *[!A-Za-z0-9._-]*) stop 1 "a service has a name that is none" ;; esac
  image=$(limited docker inspect --type container --format '{{.Image}}' "$id") || stop 1 "$service could not be read"
  name=flightrules/$(printf '%s' "$project/$service" | tr '[:upper:]' '[:lower:]')
  if keep "$service" "$name" "$image" && [ "$kept" -gt 0 ]; then let_go "$name"; fi
  printf '%s %s\n' "$service" "$image"
done <"$dir/all"
