
# Where releases lie side by side, `releases LINK DIR` stands before all other arguments; else nothing changes here.
# A release's folder is a worktree of the repository, carries its commit in a file REVISION, or is named for it.
link='' releases=''
if [ "${1-}" = releases ]; then
  link=$2 releases=$3
  shift 3
fi

standing() { echo HEAD; } # what production stands at

in_folder() { # FOLDER ARGUMENT...: git in a release's folder, whoever it belongs to
  where=$1
  shift
  command timeout -k 1 "$limit" env GIT_ALLOW_PROTOCOL=none git --no-pager -c safe.directory="$where" \
    -c safe.directory="$app" -c core.hooksPath=/dev/null -c core.fsmonitor=false -c gc.auto=0 -C "$where" "$@"
}

pointed() { # the folder the link leads to
  folder=$(readlink -f "$link") && [ -d "$folder" ] && [ "${folder%/*}" = "$(cd "$releases" && pwd -P)" ] ||
    stop 1 "$link leads to no folder in $releases"
}

revision() { # FOLDER: the commit it holds
  if [ -e "$1/.git" ]; then
    in_folder "$1" rev-parse --verify --quiet 'HEAD^{commit}'
    return
  fi
  sha=${1##*/}
  [ ! -f "$1/REVISION" ] || read -r sha <"$1/REVISION"
  case $sha in *[!0-9a-f]*) sha='' ;; esac
  case ${#sha} in
    40 | 64) printf '%s\n' "$sha" ;;
    *) stop 1 "$1 does not say which commit it holds" ;;
  esac
}

unchanged() { # FOLDER: whether its tracked files are as committed; one without git cannot be asked
  [ -e "$1/.git" ] || return 0
  changes=$(at=$1 && without_filters && in_folder "$1" status --porcelain --untracked-files=no --ignore-submodules=dirty) &&
    [ -z "$changes" ]
}

prepared() { # FOLDER: whether what was to be run in it has ended well; git keeps it locked until then
  [ -e "$1/.git" ] || return 0
  own=$(in_folder "$1" rev-parse --absolute-git-dir) && [ ! -e "$own/locked" ]
}

if [ -n "$link" ]; then
  git_head() { pointed && revision "$folder"; }
  standing() { git_head; }
  git_dirty() {
    pointed
    [ -e "$folder/.git" ] || return 0
    at=$folder
    without_filters
    in_folder "$folder" status --porcelain=v2 -z --untracked-files=no --ignore-submodules=dirty
  }
fi

folders() { # RELEASE: which folder is current, and which holds the release already, as the release left it
  pointed
  printf 'current %s\n' "${folder##*/}"
  for place in "$folder" "$releases/$1" "$releases"/*; do
    [ -d "$place" ] && [ ! -L "$place" ] || continue
    [ "$(revision "$place" 2>/dev/null)" = "$1" ] && prepared "$place" && unchanged "$place" || continue
    printf 'release %s\n' "${place##*/}"
    break
  done
  [ ! -e "$releases/$1" ] || echo taken
}

utc() { date -u -d "@$(stat -c %Y "$1")" +%Y-%m-%dT%H:%M:%S+00:00; } # FILE: when it was written, a link not followed

logged() { # Capistrano writes: Branch main (at 0123abc) deployed as release 20260105090000 by ada
  two='\([0-9][0-9]\)'
  as="s/^.* (at \([0-9a-f]\{7,64\}\)) deployed as release \([0-9]\{4\}\)$two$two$two$two$two.*"
  sed -n "$as\$/\2-\3-\4T\5:\6:\7+00:00 \1/p" "$1" | tail -n 50 | while read -r at sha; do
    sha=$(git rev-parse --verify --quiet "$sha^{commit}") && printf '%s %s deployed\n' "$at" "$sha"
  done
}

made() { # when each release's folder was made
  for place in "$releases"/*; do
    [ -d "$place" ] && [ ! -L "$place" ] && sha=$(revision "$place" 2>/dev/null) || continue
    for mark in "$place/REVISION" "$place/.git" "$place"; do
      [ -e "$mark" ] && printf '%s %s made %s\n' "$(utc "$mark")" "$sha" "${place##*/}" && break
    done
  done
}

moves() { # in the form of a reflog, newest first: the last switch of the link, and every deployment before
  pointed
  sha=$(revision "$folder") || return 1
  {
    printf '%s %s the link was switched\n' "$(utc "$link")" "$sha"
    if [ -f "${link%/*}/revisions.log" ]; then logged "${link%/*}/revisions.log"; else made; fi
  } | sort -r | head -n 50 | while read -r at sha how; do printf '%s\037releases@{%s}\037%s\000' "$sha" "$at" "$how"; done
}

