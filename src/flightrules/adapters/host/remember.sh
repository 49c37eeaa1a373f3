# remember KIND APP LIMIT RELEASE PROJECT
# Tag the images that run now as flightrules/PROJECT/SERVICE:RELEASE, and print each service with its image.
set -u
kind=$1 app=$2 limit=$3 release=$4 project=$5
release "$release"
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
  name=$(printf '%s' "$project/$service" | tr '[:upper:]' '[:lower:]')
  limited docker tag "$image" "flightrules/$name:$release" || stop 1 "$service could not be tagged"
  printf '%s %s\n' "$service" "$image"
done <"$dir/all"
