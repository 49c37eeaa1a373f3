# remember KIND APP LIMIT RELEASE PROJECT KEPT
# Tag the images that run now as flightrules/PROJECT/SERVICE:RELEASE, hold each by a container that is never started,
# for the newest KEPT releases, and print each service with its image.
set -u
kind=$1 app=$2 limit=$3 release=$4 project=$5 kept=$6
release "$release"

hold() { # SERVICE NAME IMAGE: a prune of all unused images takes tags, but no image that a container uses
  holder=flightrules-keep-$project-$1-$release
  held=$(limited docker inspect --type container --format '{{.Image}}' "$holder" 2>/dev/null) || held=''
  [ "$held" != "$3" ] || return 0
  [ -z "$held" ] || limited docker rm -v "$holder" >/dev/null || return 1
  # Named as another project's, or compose would take it for a container of this one: images carry its labels.
  limited docker create --name "$holder" --network none --label com.docker.compose.project=flightrules-keep \
    --label "flightrules.keep=$project" --label "flightrules.name=$2" --label "flightrules.release=$release" \
    "$3" true >/dev/null
}

let_go() { # NAME: of all holders but the newest, which docker lists first
  limited docker ps -a --no-trunc --filter "label=flightrules.keep=$project" --filter "label=flightrules.name=$1" \
    --filter status=created --format '{{.ID}}' | tail -n "+$((kept + 1))" | while read -r old; do
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
  [ "$state" = running ] || continue
  case $service in '' | *[!A-Za-z0-9._-]*) stop 1 "a service has a name that is none" ;; esac
  image=$(limited docker inspect --type container --format '{{.Image}}' "$id") || stop 1 "$service could not be read"
  name=flightrules/$(printf '%s' "$project/$service" | tr '[:upper:]' '[:lower:]')
  limited docker tag "$image" "$name:$release" || stop 1 "$service could not be tagged"
  if [ "$kept" -gt 0 ] && hold "$service" "$name" "$image"; then let_go "$name"; fi
  printf '%s %s\n' "$service" "$image"
done <"$dir/all"
