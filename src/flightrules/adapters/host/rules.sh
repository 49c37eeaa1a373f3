
# Behind a gate: which commits may run here. Whoever holds the key may not bring up what nobody ever deployed.

deployed() { # COMMIT: on the branch that is deployed, or deployed here before
  for ref in "refs/remotes/origin/$branch" "refs/heads/$branch"; do
    git merge-base --is-ancestor "$1" "$ref" 2>/dev/null && return 0
  done
  if [ -z "$link" ]; then
    { git rev-parse HEAD; git log --walk-reflogs --format=%H HEAD 2>/dev/null; } | grep -qx "$1"
    return
  fi
  for place in "$releases"/*; do
    [ -d "$place" ] && [ ! -L "$place" ] && [ "$(revision "$place" 2>/dev/null)" = "$1" ] && return 0
  done
  return 1
}

permitted() {
  deployed "$1" || stop 126 "flightrules gate: $1 is not on branch $branch of $app as this host knows it, and was not deployed here before"
}
