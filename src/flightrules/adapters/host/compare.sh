# compare KIND APP LIMIT GOOD BAD
# Read what changed between two releases out of the repository's objects. Nothing is fetched, changed or run.
set -u
kind=$1 app=$2 limit=$3 good=$4 bad=$5
release "$good"
release "$bad"

both() {
  for sha in "$good" "$bad"; do
    git cat-file -e "$sha^{commit}" 2>/dev/null || stop 1 "the repository lacks commit $sha"
  done
}

differ() { # OPTION... [-- PATH...]: textual, by git itself, whatever the repository's attributes name
  git diff --no-color --no-ext-diff --no-textconv --no-renames --ignore-submodules=none "$good" "$bad" "$@"
}

stat() { differ --shortstat; }

files() { differ --numstat -z; }

settings() { # +NAME and -NAME of each line that sets something; what it is set to never leaves the host
  differ -U0 --text -- ':(glob)**/.env*' ':(glob)**/*.env' ':(glob)**/*compose*.y*ml' ':(glob)**/Dockerfile*' |
    sed -nE "s/^([+-])[[:space:]]*(-[[:space:]]*)?[\"']?((export|ENV|ARG)[[:space:]]+)?([A-Z_][A-Z0-9_]{2,99})[\"']?[[:space:]]*[=:]([^=].*)?\$/\1\5/p" |
    sort -u
}

commits() { git log -z -n 50 --date-order --format='%H%x1f%cI%x1f%s' "$good..$bad"; }

count() { git rev-list --count "$good..$bad"; }

scratch
trap 'rm -rf "$dir"' EXIT
trap 'exit 143' HUP INT TERM PIPE
probe both head 100 both
ended both || exit 0
probe stat head 1000 stat &
probe files head 400000 files &
probe settings head 100000 settings &
probe commits head 100000 commits &
probe count head 100 count &
wait
