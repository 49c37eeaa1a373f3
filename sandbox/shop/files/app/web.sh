#!/bin/sh
# The shop's web service in its container: one busybox listener, one handler process a request.
set -eu
cd /app
. ./behaviour.conf
log() { echo "$(date -u +%Y-%m-%dT%H:%M:%SZ) $*" >&2; }
log "INFO shop $(cat VERSION) starting, release ${RELEASE:-unknown}"
if [ "$CRASH" = yes ]; then
  log "ERROR cannot open the catalogue: configuration key CATALOGUE_URL is missing"
  exit 1
fi
[ -z "$MEMORY_MB" ] || head -c $((MEMORY_MB * 1048576)) /dev/zero >/dev/shm/cache
date +%s >/tmp/started
if [ -n "$LOG_LINE" ]; then
  (while :; do printf '%b\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ) ERROR $LOG_LINE" >&2; sleep "$LOG_EVERY_S"; done) &
fi
# A process with id 1 is deaf to SIGTERM unless it asks for it; without this a stop would take ten seconds.
trap 'exit 0' TERM INT
nc -ll -p 8080 -e /app/handler.sh &
wait
