
# The work tree held against a release: every tracked byte, link and mode, those of submodules too. The index is not
# believed: it hides what was marked as unchanged. Nothing is fetched, and nothing under the work tree changes.
# Prints records that end in NUL: a word, then what it is about.

obtain() { return 1; } # COMMIT: of a submodule

in_time() { seconds_left; }

content() { # RELEASE
  permitted "$1"
  uptime
  rehearsed_at=$ticks limit=$longest top=$app trial=''
  if [ -n "$link" ]; then pointed && top=$folder || return 1; fi
  trap 'rm -rf "$trial"' EXIT
  trap 'exit 143' HUP INT TERM PIPE
  if [ -n "$link" ] && [ ! -e "$top/.git" ]; then lone_folder "$1"; return; fi
  repository "$top" || return 1
  top=$at
  found=$(strangers) || return 1
  if [ -n "$found" ]; then
    say unread "$top belongs to $(printf '%s' "$found" | tr '\n' ' '), so nothing of it was compared"
    return 0
  fi
  work_folder && repositories '' "$1" "$1" && each held_against || return 1
  while IFS= read -r path; do say unread "submodule $path: its commit is not in its repository on this host"; done <"$work/unknown"
}

work_folder() { # on the disk of the work tree: what filters make can be large
  trial_folder || trial=$dir/content
  work=$trial/content
  mkdir -p "$work" && : >"$work/repositories" && : >"$work/absent" && : >"$work/unknown"
}

lone_folder() { # RELEASE: of a folder without git; a deployment leaves out, links and writes some of its files itself
  (
    trap 'rm -rf "$trial"' EXIT
    git_dir=$(git rev-parse --absolute-git-dir) && at=$top && cd "$top" || exit 1
    export GIT_DIR="$git_dir" GIT_WORK_TREE="$top"
    work_folder || exit 1
    number=1 to=$1 from=$1 where='' w=$work/1
    mkdir -p "$w" && tree_git ls-tree -r -z "$to" >"$w/all" || exit 1
    lines <"$w/all" | sed 's/^\([0-9]*\) [a-z]* /\1 /' >"$w/listed"
    while IFS= read -r entry; do
      each_hundredth || { say unread "the files of $top: $longest s were not enough"; exit 0; }
      real "${entry#*"$tab"}"
      leads "$real"
      case $entry in 120000*) there "$real" ;; *) [ -f "$real" ] && [ ! -L "$real" ] ;; esac && [ -z "$in_way" ] || continue
      printf '%s\n' "$entry"
    done <"$w/listed" >"$w/entries"
    told_apart not-as-committed
  )
}

held_against() { # this repository
  if ! seconds_left; then say unread "${where:-$top}: the time was over"; return 0; fi
  [ "$from" = "$to" ] || say differs "$where, which stands at $from"
  tree_git ls-tree -r -z "$to" >"$w/all" || return 1
  lines <"$w/all" | sed 's/^\([0-9]*\) [a-z]* /\1 /' >"$w/entries"
  told_apart differs
}

each_path() { # WORD BEFORE [AFTER]: a record for each path that is read
  while IFS= read -r path; do
    real "$path"
    say "$1" "$2${where:+$where/}$real${3-}"
  done
}

told_apart() { # WORD: what differs of $w/entries
  : >"$w/unmade" && : >"$w/modes"
  if ! differing >"$w/wrong" 2>"$w/complaint"; then
    seconds_left && said=$(tail -n 1 "$w/complaint") || said="$longest s were not enough"
    say unread "the files of ${where:-$top}: $said"
    return 0
  fi
  sort "$w/unmade" >"$w/unmade.sorted"
  comm -23 "$w/wrong" "$w/unmade.sorted" | each_path "$1" ''
  each_path unread '' ': git could not write it out to compare' <"$w/unmade.sorted"
  each_path unread 'mode of ' ': core.fileMode is off' <"$w/modes"
  say compared "$(($(wc -l <"$w/entries") - $(wc -l <"$w/sparse")))"
  say left_out "$(wc -l <"$w/sparse")"
}
