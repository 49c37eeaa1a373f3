#!/bin/sh
# A background service: says now and then that it lives.
trap 'exit 0' TERM INT
n=0
while :; do
  n=$((n + 1))
  echo "$(date -u +%Y-%m-%dT%H:%M:%SZ) INFO $1 finished job $n"
  sleep 5 &
  wait $!
done
