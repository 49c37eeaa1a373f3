
# The work tree of a checkout. This text is also kept beside each operation as the program `flightrules-tree`, whose
# steps move the work tree (checkout), after everything was put aside (save), and bring it back exactly (restore).
tree_program() {
  cat <<'TREE'
mark=$(printf '\001') tab=$(printf '\t') newline='
'

lines() { tr '\n\000' '\001\n'; } # names that end in NUL as lines, a newline in them as \001
names() { tr '\n\001' '\000\n'; } # and back
there() { [ -e "$1" ] || [ -L "$1" ]; }

real() { # LINE: the name it stands for
  real=$1
  case $1 in *"$mark"*) real=$(printf '%s' "$1" | tr '\001' '\n' && echo .) && real=${real%?} ;; esac
}

line() { # NAME: the line it is written as
  line=$1
  case $1 in *"$newline"*) line=$(printf '%s' "$1" | tr '\n' '\001') ;; esac
}

tree_git() { # no hook, fsmonitor, pager or external diff of the repository runs, and no submodule moves by itself
  command timeout -k 1 "$limit" git --no-pager --no-replace-objects -C "$at" -c safe.directory="$at" -c core.hooksPath=/dev/null \
    -c core.fsmonitor=false -c gc.auto=0 -c maintenance.auto=false -c diff.relative=false -c submodule.recurse=false \
    -c advice.detachedHead=false "$@"
}

repository() { # FOLDER: at, the top of the work tree it lies in, and git_dir, where git keeps its own
  at=$(cd "$1" 2>/dev/null && pwd -P) || { echo "$1 cannot be entered" >&2; return 1; }
  while [ -n "$at" ] && [ ! -e "$at/.git" ]; do at=${at%/*}; done
  [ -n "$at" ] || { echo "$1 is not in a git checkout" >&2; return 1; }
  git_dir=$(tree_git rev-parse --absolute-git-dir) && cd "$at"
}

without_filters() { # from here on no content filter of any configuration runs
  filters=$(tree_git config --name-only --get-regexp '^filter\..*\.(clean|smudge|process|required)$' || :)
  GIT_CONFIG_COUNT=0
  while IFS= read -r key; do
    [ -n "$key" ] || continue
    export "GIT_CONFIG_KEY_$GIT_CONFIG_COUNT=$key" "GIT_CONFIG_VALUE_$GIT_CONFIG_COUNT="
    GIT_CONFIG_COUNT=$((GIT_CONFIG_COUNT + 1))
  done <<FILTERS
$filters
FILTERS
  export GIT_CONFIG_COUNT
}

obtain() { return 1; } # COMMIT: only a survey fetches

repositories() { # PATH FROM TO: the repository there, and each submodule below it that the release has
  number=$(($(wc -l <"$work/repositories") + 1))
  printf '%s %s %s %s\n' "$number" "$2" "$3" "$1" >>"$work/repositories"
  mkdir -p "$work/$number"
  real "$1"
  repository "$top/$real" || return 1
  tree_git cat-file -e "$3:.gitmodules" 2>/dev/null || return 0
  tree_git ls-tree -r -z "$3" >"$work/$number/all" || return 1
  lines <"$work/$number/all" | sed -n "s/^160000 commit \([0-9a-f]*\)$tab/\1 /p" >"$work/$number/links"
  while IFS= read -r link <&4; do submodule "$1" "$2" "${link%% *}" "${link#* }" || return 1; done 4<"$work/$number/links"
}

submodule() { # PARENT FROM COMMIT PATH: one that the release has there
  set -- "${1:+$1/}$4" "$2" "$3" "$4"
  real "$1"
  if [ ! -e "$top/$real/.git" ]; then
    real "$4"
    if tree_git cat-file -e "$2:$real" 2>/dev/null; then printf '%s\n' "$1" >>"$work/absent"
    else printf '%s\n' "$1" >>"$work/unknown"; fi
    return 0
  fi
  parent=$at
  repository "$top/$real" && head=$(tree_git rev-parse --verify --quiet 'HEAD^{commit}') || { at=$parent; printf '%s\n' "$1" >>"$work/unknown"; return 0; }
  if tree_git cat-file -e "$3^{commit}" 2>/dev/null || obtain "$3"; then repositories "$1" "$head" "$3"
  else printf '%s\n' "$1" >>"$work/unknown"; fi
  status=$?
  at=$parent
  return "$status"
}

each() { # FUNCTION: in each repository, the outermost first
  while IFS=' ' read -r number from to where <&3; do
    w=$work/$number
    real "$where"
    files=$work/files${real:+/$real} # what this repository's part of what is put aside is in
    repository "$top/$real" && "$1" || return 1
  done 3<"$work/repositories"
}

edited() { # tracked paths that are not as HEAD has them, also where an index bit hides it
  cp -p "$git_dir/index" "$w/index" 2>/dev/null || :
  (
    without_filters
    export GIT_INDEX_FILE="$w/index"
    sparse >"$w/sparse"
    tree_git ls-files -v -z | lines | sed -n 's/^[a-zS] //p' | sort | comm -23 - "$w/sparse" | names >"$w/hidden"
    if [ -s "$w/hidden" ]; then
      tree_git update-index -z --no-assume-unchanged --stdin <"$w/hidden" &&
        tree_git update-index -z --no-skip-worktree --stdin <"$w/hidden"
    fi
    tree_git -c core.trustctime=true -c core.checkStat=default diff --name-only -z --no-renames --no-ext-diff \
      --no-textconv --ignore-submodules=all "$from" --
  ) | lines >"$w/edited"
}

leads() { # PATH: in_way, a link or a file where the release has a folder above it; else folder, the deepest there is
  case $1 in */*) above=${1%/*} ;; *) led='' in_way='' folder=.; return 0 ;; esac
  [ "$above" != "${led-}" ] || return 0
  led=$above in_way='' folder=. so_far='' rest=$above/
  while [ -n "$rest" ]; do
    so_far=$so_far${so_far:+/}${rest%%/*} rest=${rest#*/}
    if [ -L "$so_far" ] || { [ -e "$so_far" ] && [ ! -d "$so_far" ]; }; then in_way=$so_far; return 0; fi
    [ -e "$so_far" ] || return 0
    folder=$so_far
  done
}

in_the_way() { # PATH: what this host has where the release has a folder above it, and the folder that its entry is in
  leads "$1"
  if [ "$folder" != "$noted" ]; then noted=$folder && line "$folder" && printf '%s\n' "$line" >&5; fi
  [ -z "$in_way" ] || { line "$in_way" && printf '%s\n' "$line" >&4; }
}

compared() { # the paths that differ between the releases: came, gone or changed; what lies in the way; their folders
  tree_git diff-tree -r -z --no-renames "$from" "$to" >"$w/raw" || return 1
  lines <"$w/raw" >"$w/pairs"
  led='' noted=''
  while IFS= read -r meta && IFS= read -r path; do
    real "$path"
    new=${meta#* } old=${meta%% *}
    case ${meta##* }:${new%% *} in
      D:*)
        case $old in
          :160000) ! there "$real" || printf '%s\n' "$path" >&7 ;; # a submodule that the release lacks
          *) printf '%s\n' "$path" >&6 && in_the_way "$real" 4>/dev/null ;;
        esac
        continue
        ;;
      M:160000) continue ;;
      T:*) [ "$old" != :160000 ] || printf '%s\n' "$path" >&7 ;;
    esac
    case ${meta##* }:${new%% *} in
      A:160000) [ ! -e "$real/.git" ] || continue ;;
      A:*) printf '%s\n' "$path" >&6 && printf '%s\n' "$path" >&8 ;;
      *) printf '%s\n' "$path" >&6 ;;
    esac
    in_the_way "$real"
    [ -z "$in_way" ] || continue
    case ${meta##* } in
      A) ! there "$real" || printf '%s\n' "$path" >&4 ;;
      *) [ ! -d "$real" ] || [ -L "$real" ] || printf '%s\n' "$path" >&4 ;;
    esac
  done <"$w/pairs" 4>"$w/way" 5>"$w/folders.all" 6>"$w/changed" 7>"$w/left" 8>"$w/came"
  while IFS= read -r path; do
    real "$path"
    in_the_way "$real"
    [ ! -d "$real" ] || [ -L "$real" ] || printf '%s\n' "$path" >&4
  done <"$w/edited" 4>>"$w/way" 5>>"$w/folders.all"
  sort -u "$w/folders.all" >"$w/folders"
}

only_here() { # what lies in the way and is tracked by no commit
  : >"$w/only"
  [ -s "$w/way" ] || { sort -u "$w/left" >"$w/only"; return 0; }
  sort -u "$w/way" >"$w/ways"
  set --
  while IFS= read -r path; do real "$path"; set -- "$@" "$real"; done <"$w/ways"
  tree_git --literal-pathspecs ls-files -z --others --directory -- "$@" >"$w/others" || return 1
  { lines <"$w/others" | sed 's,/$,,'; cat "$w/left"; } | sort -u >"$w/only"
}

seen() { # what a move in this repository would take away although no commit has it
  edited && compared && only_here || return 1
  sort -u "$w/edited" "$w/only" >"$w/kept"
  while IFS= read -r path; do printf '%s\n' "${where:+$where/}$path"; done <"$w/kept" >>"$work/kept"
}

survey_tree() { # FOLDER FROM TO: everything that a move would touch, into $work
  repository "$1" || return 1
  top=$at
  : >"$work/repositories" && : >"$work/kept" && : >"$work/absent" && : >"$work/unknown"
  repositories '' "$2" "$3" && each seen
}

told_digest() { # of what is taken away: a move ends untouched where it is not this
  sum=$(sort "$work/kept" | sha256sum)
  printf '%s' "${sum%% *}"
}

linked() { # the paths of $w/link under $w/before: hard links, or copies where none can be made
  [ -s "$w/link" ] || return 0
  names <"$w/link" >"$w/to-link" && mkdir -p "$w/before" || return 1
  xargs -0 cp -al --parents -t "$w/before" -- <"$w/to-link" 2>/dev/null ||
    xargs -0 cp -af --parents -t "$w/before" -- <"$w/to-link"
}

by_hand() { # OPTION...: the changes made by hand in this repository, as a patch to the outermost
  real "$where"
  (
    without_filters
    [ ! -e "$w/index" ] || export GIT_INDEX_FILE="$w/index"
    tree_git diff "$@" --no-ext-diff --no-textconv --no-color --ignore-submodules=all \
      --src-prefix="a/${real:+$real/}" --dst-prefix="b/${real:+$real/}" "$from" --
  )
}

keep_repository() { # everything that brings this repository back as it is
  tree_git symbolic-ref --quiet HEAD >"$w/branch" || : >"$w/branch"
  tree_git rev-parse --verify 'HEAD^{commit}' >"$w/head" || return 1
  read -r head <"$w/head"
  [ "$head" = "$from" ] || { echo "HEAD of $at is $head, not $from" >&2; return 1; }
  cp -p "$git_dir/index" "$w/index.before" || return 1
  [ ! -s "$w/edited" ] || by_hand --binary >>"$base/$plan.patch" || return 1
  sort -u "$w/changed" >"$w/moving" || return 1
  comm -23 "$w/moving" "$w/kept" | while IFS= read -r path; do
    real "$path"
    ! there "$real" || printf '%s\n' "$path"
  done >"$w/link" || return 1
  linked
}

tree_main() { # VERB PLAN MORE...: a step of an operation
  plan=$2 work=$base/kept/$2 limit=3600
  "$@"
}

save() { # PLAN FROM TO DIGEST
  umask 077
  [ ! -e "$work" ] || { echo "$work is there already" >&2; return 1; }
  rm -rf "$base"/kept/*/*/before
  : >"$op/keeps" && mkdir -p "$work" || return 1
  survey_tree "$app" "$2" "$3" || return 1
  [ "$(told_digest)" = "$4" ] || {
    echo 'what lies in the way of the release is not what the plan names any more; now:' >&2
    tr '\001' '?' <"$work/kept" | head -n 20 >&2
    return 1
  }
  [ ! -s "$work/unknown" ] || { echo "submodule $(head -n 1 "$work/unknown") cannot be moved" >&2; return 1; }
  each keep_repository && : >"$work/saved"
}

aside() { # PATH: to where the answer says it is kept
  (umask 077 && mkdir -p "$files" && case $1 in */*) mkdir -p "$files/${1%/*}" ;; esac) && mv -T -- "$1" "$files/$1"
}

move_repository() {
  : >"$w/moved"
  while IFS= read -r path; do
    real "$path"
    if there "$real"; then aside "$real" || return 1; else printf '%s\n' "$path" >>"$w/came"; fi
  done <"$w/kept"
  if [ -s "$w/hidden" ]; then
    tree_git update-index -z --no-assume-unchanged --stdin <"$w/hidden" &&
      tree_git update-index -z --no-skip-worktree --stdin <"$w/hidden" || return 1
  fi
  tree_git diff-index --cached --quiet "$from" -- || tree_git read-tree -m "$from" || return 1
  tree_git checkout --detach --quiet --no-overwrite-ignore "$to" -- 2>"$w/said" || {
    status=$?
    ! grep -Eq 'would be overwritten|would lose' "$w/said" || : >"$w/refused" # git looks before it writes
    cat "$w/said" >&2
    return "$status"
  }
  cat "$w/said" >&2
  tree_git ls-files -z --deleted >"$w/lacking" && tree_git checkout-index -q -z --stdin <"$w/lacking" || return 1
  while IFS= read -r meta && IFS= read -r path; do
    new=${meta#* } sha=${meta% *}
    case ${meta##* } in D) real "$path"; ! there "$real" || [ -d "$real" ] || printf '%s\n' "$path" >&4 ;; *) printf '%s %s\t%s\n' "${new%% *}" "${sha##* }" "$path" ;; esac
  done <"$w/pairs" >"$w/entries" 4>"$w/remains"
  differing >"$w/wrong" || return 1
  cat "$w/remains" >>"$w/wrong"
  [ ! -s "$w/wrong" ] || { echo "not as the release has it: $(head -n 10 "$w/wrong" | tr '\001\n' '? ')" >&2; return 1; }
}

checkout() { # PLAN TO
  [ -e "$work/saved" ] || { echo "nothing was saved for $1" >&2; return 1; }
  repository "$app" && top=$at && each move_repository
}

back_repository() { # as it was when it was saved
  [ -e "$w/moved" ] || return 0
  if [ ! -e "$w/refused" ]; then
    while IFS= read -r path; do
      real "$path"
      ! there "$files/$real" && [ ! -L "$w/before/$real" ] && [ ! -f "$w/before/$real" ] || continue
      [ -d "$real" ] && [ ! -L "$real" ] || rm -f -- "$real"
      emptied "$real"
    done <"$w/came"
    while IFS= read -r path; do
      real "$path"
      [ ! -d "$real" ] || [ -L "$real" ] || rm -rf -- "$real"
    done <"$w/link"
    [ ! -d "$w/before" ] || cp -alf "$w/before/." "$at/" 2>/dev/null || cp -af "$w/before/." "$at/" || return 1
  fi
  while IFS= read -r path; do
    real "$path"
    there "$files/$real" || continue
    rm -rf -- "$real"
    case $real in */*) mkdir -p "${real%/*}" ;; esac
    mv -T -- "$files/$real" "$real" || return 1
  done <"$w/kept"
  mv -f "$w/index.before" "$git_dir/index" || return 1
  read -r branch <"$w/branch" || branch=''
  if [ -n "$branch" ]; then
    [ "$(tree_git symbolic-ref --quiet HEAD)" = "$branch" ] || tree_git symbolic-ref HEAD "$branch"
  else
    [ "$(tree_git rev-parse HEAD)" = "$from" ] || tree_git update-ref --no-deref HEAD "$from"
  fi
}

emptied() { # PATH: its folders that were made for it go again
  under=$1
  while :; do
    case $under in */*) under=${under%/*} ;; *) return 0 ;; esac
    ! grep -qxF -- "$under" "$w/folders" && rmdir -- "$under" 2>/dev/null || return 0
  done
}

restore() { # PLAN
  [ -e "$work" ] && [ -e "$op/keeps" ] || return 0
  if [ -e "$work/saved" ]; then repository "$app" && top=$at && each back_repository || return 1; fi
  rm -rf "$work" "$base/$plan.patch"
}

differing() { # of the entries `MODE ID<tab>PATH` in $w/entries, those whose bytes, kind or mode are others on the disk
  sparse >"$w/sparse"
  unlike >"$w/unsorted" && sort "$w/unsorted" | comm -23 - "$w/sparse"
}

in_time() { :; } # a step of an operation takes the time that it needs

each_hundredth() { # fails once the time is over, asked now and then
  nth=$((${nth:-0} + 1))
  [ $((nth % 100)) != 0 ] || in_time
}

unlike() {
  led=''
  while IFS= read -r entry; do
    each_hundredth || return 1
    path=${entry#*"$tab"} sha=${entry%%"$tab"*}
    real "$path"
    case $sha in
      160000*) continue ;;
      120000*)
        if [ -L "$real" ] && [ "$(readlink -- "$real" && echo .)" = "$(tree_git cat-file blob "${sha#* }" && echo && echo .)" ]; then continue; fi
        ;;
      *)
        leads "$real"
        if [ -z "$in_way" ] && [ -f "$real" ] && [ ! -L "$real" ] && executable "${sha%% *}"; then
          case $path in
            *"$mark"* | '"'*) printf '%s\n' "$path" >&5 ;;
            *) printf '%s\t%s\n' "${sha#* }" "$path" >&4 ;;
          esac
          continue
        fi
        ;;
    esac
    printf '%s\n' "$path"
  done <"$w/entries" 4>"$w/expected" 5>"$w/unlike" 6>"$w/modes"
  cut -f 2- <"$w/expected" >"$w/paths"
  in_time && tree_git hash-object --no-filters --stdin-paths <"$w/paths" >"$w/hashes" || return 1
  paste "$w/hashes" "$w/paths" | sort >"$w/actual"
  sort "$w/expected" | comm -23 - "$w/actual" | cut -f 2- >>"$w/unlike"
  converting >>"$w/unlike" || return 1
  converted
}

converting() { # of $w/paths, those that git does not write as it stores them: that their bytes are the stored ones says nothing
  if [ "$(tree_git config core.autocrlf || :)" = true ] || [ "$(tree_git config core.eol || :)" = crlf ]; then
    cat "$w/paths"
    return
  fi
  names <"$w/paths" | tree_git check-attr -z --stdin eol filter ident working-tree-encoding >"$w/attributes" || return 1
  lines <"$w/attributes" | sed -n 'N;N;/\n\(unspecified\|unset\)$/d;/\neol\nlf$/d;s/\n.*//p'
}

sparse() { # paths that a sparse checkout leaves out; without one, a mark in the index is no reason to lack a file
  [ "$(tree_git config --type=bool core.sparseCheckout || :)" = true ] || return 0
  tree_git ls-files -v -z | lines | sed -n 's/^[sS] //p' | sort | while IFS= read -r path; do
    real "$path"
    there "$real" || printf '%s\n' "$path"
  done
}

executable() { # MODE: whether the file has it
  case $1 in 100755) [ ! -x "$real" ] || return 0 ;; *) [ -x "$real" ] || return 0 ;; esac
  [ "${file_mode:=$(tree_git config --type=bool core.fileMode || echo true)}" = false ] && printf '%s\n' "$path" >&6
}

one_by_one() { # git ends at the first file that it cannot write
  while IFS= read -r path; do
    in_time || return 1
    real "$path"
    there "$w/as/$real" || tree_git checkout-index -q -f -- "$real" || :
  done <"$w/unlike"
}

converted() { # of $w/unlike, those that are not what git writes there either, line ends and filters applied
  [ -s "$w/unlike" ] || return 0
  sort -u -o "$w/unlike" "$w/unlike" && rm -rf "$w/as" && mkdir -p "$w/as" || return 1
  (
    export GIT_INDEX_FILE="$w/as.index" GIT_DIR="$git_dir" GIT_WORK_TREE="$w/as"
    tree_git read-tree "$to" && { names <"$w/unlike" | tree_git checkout-index -q -f -z --stdin || one_by_one; }
  ) 2>"$w/as.err" || :
  while IFS= read -r path; do
    each_hundredth || return 1
    real "$path"
    there "$w/as/$real" || printf '%s\n' "$path" >>"$w/unmade"
    cmp -s -- "$real" "$w/as/$real" || printf '%s\n' "$path"
  done <"$w/unlike"
  rm -rf "$w/as" "$w/as.index"
}
TREE
}

eval "$(tree_program)"
