
# Docker Compose as a plan will run it: over the work tree, or over a release's own files in a folder beside it.
# `variable_words`, `compose_words` and `up_words` are the settings' words, quoted, with $root before each path and $at
# for the release.

composed() { # ROOT RELEASE WORD...: over the files below ROOT, over the work tree where it is empty
  root=$1 at=$2 short=$(printf '%.7s' "$2")
  shift 2
  eval "set -- $variable_words timeout -k 1 \"\$limit\" $compose_words \"\$@\""
  (cd "$root$app" && exec env "$@")
}

would() { # RELEASE: what these words would change now; a dry run that starts nothing, builds nothing and pulls nothing
  eval "set -- \"\$1\" $up_words"
  release=$1
  shift
  (
    export COMPOSE_PROGRESS=plain COMPOSE_ANSI=never
    composed '' "$release" --dry-run create --no-build --pull never "$@" >"$dir/would.told" 2>&1
  ) || { tail -n 2 "$dir/would.told" >&2; return 1; }
  cat "$dir/would.told"
}

rendered() { # ROOT RELEASE WORD...: the configuration, its paths as they are without ROOT
  rendered=$dir/rendered${1:+.apart}
  composed "$@" config --no-env-resolution --format json >"$rendered" 2>"$rendered.told" ||
    composed "$@" config --format json >"$rendered" 2>"$rendered.told"
  rendering=$?
  real_paths <"$rendered.told" >&2
  real_paths <"$rendered"
  return "$rendering"
}

real_paths() { if [ -n "${export-}" ]; then sed "s|$export||g"; else cat; fi; }

exported() { # the release's files below $export, in the place they have on this host, never out of the work tree
  prefix=$(git rev-parse --show-prefix) || return 1
  prefix=${prefix%/}
  top=${app%/"$prefix"}
  beside "$top" && committed "$top" "$release" && of_the_host "$top"
}

beside() { # FOLDER: links below $export to all that lies beside it and beside the folders above it
  way='' rest=${1#/}
  while [ -n "$rest" ]; do
    name=${rest%%/*}
    mkdir -p "$export$way"
    ln -s -- "$way"/* "$export$way/" 2>/dev/null
    rm -f -- "$export$way/$name"
    way=$way/$name
    case $rest in */*) rest=${rest#*/} ;; *) rest='' ;; esac
  done
  mkdir -p "$export$1"
}

unfiltered() { # REPOSITORY WORD...: git there, with no filter that the repository or the host names
  where=$1
  shift
  for name in $(git -C "$where" config --name-only --get-regexp '^filter\..*\.(smudge|process)$'); do
    set -- -c "$name=" -c "${name%.*}.required=false" "$@"
  done
  git -c safe.directory="$where" -C "$where" "$@"
}

committed() { # FOLDER COMMIT: a repository's files as committed, and those of its submodules that are here
  (
    export GIT_INDEX_FILE="$dir/index"
    rm -f "$GIT_INDEX_FILE"
    unfiltered "$1" read-tree "$2" && unfiltered "$1" checkout-index -a -f -q --prefix="$export$1/" || exit 1
    rm -f "$GIT_INDEX_FILE"
    git -c safe.directory="$1" -c core.quotePath=false -C "$1" ls-tree -r "$2" | sed -n 's/^160000 commit //p' |
      while IFS='	' read -r inner path; do
        [ -e "$1/$path/.git" ] || continue
        git -c safe.directory="$1/$path" -C "$1/$path" cat-file -e "$inner^{commit}" 2>/dev/null || continue
        committed "$1/$path" "$inner" || exit 1
      done
  )
}

of_the_host() { # FOLDER: links to what only the host has there
  git -c safe.directory="$1" -c core.quotePath=false -C "$1" ls-files --others --directory | head -n 1000 |
    while IFS= read -r path; do
      path=${path%/}
      [ ! -e "$export$1/$path" ] || continue
      case $path in */*) mkdir -p "$export$1/${path%/*}" ;; esac
      ln -s -- "$1/$path" "$export$1/$path" || exit 1
    done
}

images() { # by their names, and by what holds them for this release (remember.sh), should a prune have taken the name
  limited docker image ls --no-trunc --digests --format '{{.ID}} {{.Repository}} {{.Tag}} {{.Digest}}' || return 1
  held=$(limited docker ps -a -q --filter "label=flightrules.keep=$project" --filter "label=flightrules.release=$release")
  [ -z "$held" ] || limited docker inspect --type container --format \
    '{{.Image}} {{index .Config.Labels "flightrules.name"}} {{index .Config.Labels "flightrules.release"}} <none>' $held
}

unescaped() { # paths as the JSON of compose writes them
  sed 's/\\u0026/\&/g; s/\\u003c/</g; s/\\u003e/>/g; s/\\"/"/g; s/\\\\/\\/g'
}
