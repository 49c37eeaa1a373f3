
# Docker Compose as a plan will run it, over a release's own files.

exported() { # the release's own compose files, out of git, never out of the work tree
  { git archive --format=tar "$release"; printf '%s' "$?" >"$dir/archive.rc"; } | tar -x -C "$export" || return 1
  ended archive
}

composed() { # docker compose over the exported files, as the plan will run it over the work tree
  env ${variable:+"$variable=$release"} timeout -k 1 "$limit" \
    docker compose --project-name "$project" --project-directory "$app" "$@"
}

images() { # by their names, and by what holds them for this release (remember.sh), should a prune have taken the name
  limited docker image ls --no-trunc --digests --format '{{.ID}} {{.Repository}} {{.Tag}} {{.Digest}}' || return 1
  held=$(limited docker ps -a -q --filter "label=flightrules.keep=$project" --filter "label=flightrules.release=$release")
  [ -z "$held" ] || limited docker inspect --type container --format \
    '{{.Image}} {{index .Config.Labels "flightrules.name"}} {{index .Config.Labels "flightrules.release"}} <none>' $held
}
