#!/bin/sh
# Answers one HTTP request on stdin and stdout.
cd /app
. ./behaviour.conf
[ ! -r /world/conf ] || . /world/conf
read -r method url _ || exit 0
while read -r header; do [ "${header%?}" ] || break; done
path=${url%%\?*}
now=$(date +%s)
[ -z "$DELAY_S" ] || sleep "$DELAY_S"

status=200
case $path in
  /api/v1/health) status=$HEALTH_STATUS body="{\"status\":\"ok\",\"release\":\"${RELEASE:-}\"}"
    [ $((now - $(cat /tmp/started))) -ge "$READY_AFTER_S" ] || status=503 ;;
  /api/v1/characters) status=$CHARACTERS_STATUS body='{"characters":["Ada","Grace","Radia"]}' ;;
  /api/v1/avatar) status=$AVATAR_STATUS body='{"avatar":"/static/ada.svg"}' ;;
  *) status=404 ;;
esac
if [ -n "$JOURNAL" ]; then
  why=$( { echo "$now $path" >"$JOURNAL"; } 2>&1 ) || status=500 SAYS=${why##*: }
fi
if [ "$FLAPPING" = yes ] && [ $((now / 2 % 2)) = 1 ]; then status=502; fi
[ "$status" = 200 ] || body="{\"error\":\"status $status\"}"
if [ "$status" -ge 500 ]; then
  echo "$(date -u +%Y-%m-%dT%H:%M:%SZ) ERROR $method $path $status: $SAYS" >&2
elif [ "$path" != /api/v1/health ]; then
  echo "$(date -u +%Y-%m-%dT%H:%M:%SZ) INFO $method $path $status" >&2
fi
[ "$method" != HEAD ] || body=
printf 'HTTP/1.1 %s Shop\r\nContent-Type: application/json\r\nContent-Length: %s\r\nConnection: close\r\n\r\n%s' \
  "$status" "${#body}" "$body"
