
# The rehearsal of a move of the work tree: what it would take away, what forbids it, and the release's files written out
# on trial into a folder of its own. Nothing under the work tree or its git folder changes.
# Prints records that end in NUL: a word, then what it is about.

longest=20 # seconds that a rehearsal, or a comparison of files, may take

say() { printf '%s\0' "$*"; }

account() { # PATH: whose it is
  stat -c %U -- "$1" 2>/dev/null
}

me=$(id -un)

strangers() { # accounts, beside ours and the one that the settings name, that say what git does in this repository
  common=$(tree_git rev-parse --git-common-dir) && common=$(cd "$common" && pwd -P) || return 1
  for place in "$at" "$git_dir" "$common" "$common/config" "$git_dir/config.worktree"; do
    [ -e "$place" ] || continue
    whose=$(account "$place")
    [ "$whose" = "$me" ] || [ "$whose" = "${owner:-$me}" ] || printf '%s\n' "$whose"
  done | sort -u
}

trusted() { repository "$app" && found=$(strangers) && [ -z "$found" ]; }

obtain() { # COMMIT: of a submodule, which stands at $at
  noted "fetch of $1 for ${at#"$top"/} started"
  tree_git fetch --quiet --no-tags origin "$1" 2>/dev/null || tree_git fetch --quiet origin
  noted "fetch of $1 for ${at#"$top"/} ended with exit status $?"
  tree_git cat-file -e "$1^{commit}" 2>/dev/null
}

seconds_left() { # limit, what is left of the rehearsal's time; fails once nothing is
  uptime
  limit=$((longest - (ticks - rehearsed_at) / 100))
  [ "$limit" -gt 0 ]
}

mounted_read_only() { case ,$(findmnt -n -o OPTIONS -T "$1" 2>/dev/null), in *,ro,*) return 0 ;; esac; return 1; }

why_not() { # FOLDER: why nothing can be put there
  if mounted_read_only "$1"; then echo 'its file system is mounted read-only'
  else echo "it belongs to $(account "$1") and $me may not write it"; fi
}

busy() { # git's own locks and unfinished work in this repository
  for lock in index.lock HEAD.lock; do
    [ ! -e "$git_dir/$lock" ] ||
      say blocked "fatal: Unable to create '$git_dir/$lock': File exists. Another git process runs there, or one died: remove the file once none runs"
  done
  for state in MERGE_HEAD CHERRY_PICK_HEAD REVERT_HEAD rebase-merge rebase-apply; do
    [ ! -e "$git_dir/$state" ] || say blocked "$at is in the middle of something: $git_dir/$state is there; end or abort it first"
  done
  [ -w "$git_dir" ] || say blocked "$git_dir cannot be written: $(why_not "$git_dir")"
  [ ! -e "$git_dir/logs/HEAD" ] || [ -w "$git_dir/logs/HEAD" ] || say blocked "$git_dir/logs/HEAD cannot be written"
  worktree=$(tree_git rev-parse --show-toplevel) && [ "$worktree" = "$at" ] || say blocked "git takes ${worktree:-nothing} for the work tree of $at"
}

folders_closed() { # folders whose entries change and cannot be changed
  while IFS= read -r path; do
    real "$path"
    [ -w "$real" ] && [ -x "$real" ] || say blocked "nothing in $at/$real can be replaced: $(why_not "$real")"
    [ ! -k "$real" ] || [ "$me" = root ] || [ -O "$real" ] || say blocked "$at/$real lets only owners remove files (sticky)"
  done <"$w/folders"
}

immutable() { # what not even root can replace
  command -v lsattr >/dev/null 2>&1 || return 0
  { cat "$w/folders" "$w/edited" "$w/only"; comm -23 "$w/touched" "$w/came.sorted"; } | sort -u | names >"$w/attributes"
  xargs -0 lsattr -d -- <"$w/attributes" 2>/dev/null | while IFS= read -r found; do
    case ${found%% *} in *[!A-Za-z-]*) continue ;; *--*) ;; *) continue ;; esac # the rest of a name of several lines
    case ${found%% *} in *[ia]*) say blocked "$at/${found#* } cannot be replaced: it is immutable or append-only (lsattr: ${found%% *})" ;; esac
  done
}

mounts() { # mounts on or in what a move replaces
  cut -d ' ' -f 5 /proc/self/mountinfo | while IFS= read -r point; do
    case $point in "$at"/*) point=$(printf '%b' "$(printf '%s' "${point#"$at"/}" | sed 's/\\\([0-7]\{3\}\)/\\0\1/g')") ;; *) continue ;; esac
    line "$point"
    within "$line" && say blocked "$at/$point cannot be replaced: something is mounted there (Device or resource busy)"
  done
}

within() { # PATH: whether it is replaced, or lies in what is
  grep -qxF -- "$1" "$w/touched" && return 0
  while IFS= read -r outer; do case $1 in "$outer" | "$outer"/*) return 0 ;; esac; done <"$w/only"
  return 1
}

obstacles() {
  sort -u "$w/changed" "$w/kept" >"$w/touched"
  sort "$w/came" >"$w/came.sorted"
  busy && folders_closed && immutable && mounts
}

taken() { # what is put aside: how it differs, its size in KiB, and its name
  shown=0
  while IFS= read -r path; do
    real "$path"
    there "$real" || { say kept deleted 0 "${where:+$where/}$real"; continue; }
    shown=$((shown + 1))
    kib=0
    [ "$shown" -gt 200 ] || { kib=$(du -sk -- "$real" 2>/dev/null) && kib=${kib%%"$tab"*}; }
    how=edited
    ! grep -qxF -- "$path" "$w/only" || how=untracked
    [ "$(stat -c %d -- "$real")" = "$(stat -c %d -- "$git_dir")" ] || say elsewhere "${kib:-0}"
    say kept "$how" "${kib:-0}" "${where:+$where/}$real"
  done <"$w/kept"
}

shown_by_hand() {
  [ ! -s "$w/edited" ] || say patch "$(by_hand | tr -d '\000' | head -c 65536)"
}

written_out() { # the release's files of this repository, as the move would write them
  seconds_left || { say unreached "the files of ${where:-the release} were not written out on trial: the time was over"; return 0; }
  out=$trial/$number
  mkdir -p "$out" || { say unreached "the files were not written out on trial: $trial cannot be written"; return 0; }
  (
    export GIT_INDEX_FILE="$trial/index.$number" GIT_DIR="$git_dir" GIT_WORK_TREE="$out"
    tree_git read-tree "$to" || exit 1
    names <"$w/moving" >"$w/to-write"
    used_filters
    tree_git checkout-index -q -f -z --stdin <"$w/to-write"
  ) >"$w/filters" 2>"$w/complaint"
  status=$?
  cat "$w/filters"
  said=$(grep -E '^(error|fatal|.*[Nn]o space)' "$w/complaint" | head -n 3 | tr '\n\000' '  ')
  case $status in
    124 | 137) say unreached "the files of ${where:-the release} were not all written out on trial within $longest s" ;;
    0) [ -z "$said" ] || say blocked "$said" ;;
    *) say blocked "${said:-git could not write the release out (exit status $status)}" ;;
  esac
}

used_filters() { # the content filters of what is written: name, where it is configured, command
  tree_git check-attr -z --stdin filter <"$w/to-write" | lines | sed -n 'n;n;p' | sort -u | while IFS= read -r filter; do
    case $filter in unspecified | unset | set) continue ;; esac
    command=$(tree_git config --get "filter.$filter.process" || tree_git config --get "filter.$filter.smudge") ||
      { say unfiltered "$filter"; continue; }
    say filter "$filter: $command"
  done
}

moving() { # what the move writes, for the trial
  while IFS= read -r meta && IFS= read -r path; do
    new=${meta#* }
    case ${meta##* }:${new%% *} in D:* | *:160000) ;; *) printf '%s\n' "$path" ;; esac
  done <"$w/pairs" >"$w/moving.all"
  cat "$w/edited" >>"$w/moving.all"
  tree_git ls-tree -r -z --name-only "$to" | lines | sort >"$w/has"
  sort -u "$w/moving.all" | comm -12 - "$w/has" >"$w/moving"
}

room() { # whether twice of what was written is free where it goes
  needed=$(du -sk "$trial" | cut -f 1) free=$(df -P -k "$at" | tail -n 1 | awk '{print $4}')
  case $needed$free in *[!0-9]* | '') return 0 ;; esac
  say room "$needed" "$free"
}

trial_folder() { # on the file system of the work tree, outside of it where there is a place
  on=$(stat -c %d -- "$at")
  for place in "${TMPDIR:-/tmp}" /var/tmp "${at%/*}" "$git_dir"; do
    [ -w "$place/" ] && [ "$(stat -c %d -- "$place/")" = "$on" ] || continue
    find "$place/" -maxdepth 1 -name 'flightrules-trial.*' -user "$(id -u)" -mmin +10 -exec rm -rf {} + 2>/dev/null
    trial=$(umask 077 && mktemp -d "$place/flightrules-trial.XXXXXX" 2>/dev/null) && return 0
  done
  return 1
}

rehearsed() { # FROM: a move to the release
  uptime
  rehearsed_at=$ticks limit=$longest work=$dir/tree trial=''
  mkdir -p "$work"
  repository "$app" || return 1
  top=$at
  say top "$at"
  say base "$(cd "$(tree_git rev-parse --git-common-dir)" && pwd -P)/flightrules"
  found=$(strangers) || return 1
  if [ -n "$found" ]; then say stranger "$(printf '%s' "$found" | tr '\n' ' ')"; return 0; fi
  survey_tree "$app" "$1" "$release" || return 1
  say digest "$(told_digest)"
  each taken
  each obstacles
  each shown_by_hand
  while IFS= read -r path; do say blocked "submodule $path of that release cannot be brought to its commit: it is not in its repository on this host, and could not be fetched"; done <"$work/unknown"
  while IFS= read -r path; do say absent "$path"; done <"$work/absent"
  if [ -n "$trying" ]; then
    trap 'rm -rf "$trial"' EXIT
    trap 'exit 143' HUP INT TERM PIPE
    if trial_folder; then each moving && each written_out && room
    else say unreached 'the files were not written out on trial: no folder on the same file system can be written'; fi
  fi
}

rehearsed_apart() { # the release's folder, if releases lie side by side and none holds it yet
  uptime
  rehearsed_at=$ticks limit=$longest work=$dir/tree trial='' where='' to=$release number=1
  w=$work/1
  mkdir -p "$w" && git_dir=$(git rev-parse --absolute-git-dir) && at=$app && cd "$at" || return 1
  found=$(strangers) || return 1
  if [ -n "$found" ]; then say stranger "$(printf '%s' "$found" | tr '\n' ' ')"; return 0; fi
  ! folders "$release" | grep -q '^release ' || return 0
  at=$(cd "$releases" && pwd -P) || return 1
  [ -w "$at" ] && [ -x "$at" ] || say blocked "no folder can be made in $at: $(why_not "$at")"
  [ -w "$git_dir" ] || say blocked "$git_dir cannot be written: $(why_not "$git_dir")"
  git ls-tree -r -z "$to" | lines | sed -n "s/^160000 [^$tab]*$tab//p" | while IFS= read -r path; do
    say blocked "submodule $path of that release would be empty in a new folder; deploy that release as the team does, with its submodules"
  done
  [ -n "$trying" ] || return 0
  trap 'rm -rf "$trial"' EXIT
  trap 'exit 143' HUP INT TERM PIPE
  if ! trial_folder; then
    say unreached "the files were not written out on trial: no folder on the file system of $at can be written"
    return 0
  fi
  (
    export GIT_DIR="$git_dir"
    tree_git ls-tree -r -z "$to" | lines | sed -n "/^160000 /!s/^[^$tab]*$tab//p" >"$w/moving"
    written_out
  )
  room
}
