#!/bin/sh
# The gate of flightrules' key for the target @TARGET@: sshd runs this, whatever the key asks for (`command=` in
# authorized_keys). It runs the programs below, which it carries itself, with words that it checked, and nothing else.
# `flightrules host-setup` printed it: print it anew after an upgrade or a change of the target, rather than edit it.
# Only root should be able to write this file.
gate=@DIGEST@
version=@VERSION@ # of the flightrules that printed it

# What the commands of this host may see of the environment; a client can set none of it unless sshd was told to let it.
keep='HOME PATH USER LOGNAME SHELL LANG TZ XDG_RUNTIME_DIR DOCKER_HOST'

if [ "${1-}" != asked ]; then # begin again without what a client or a login shell may have set
  set --
  for name in $keep; do
    eval "value=\${$name-}"
    [ -z "$value" ] || set -- "$@" "$name=$value"
  done
  # A server sends the words for a gate, then, behind a semicolon, what a host without one runs: that is never read here.
  exec env -i "$@" /bin/sh "$0" asked "${SSH_ORIGINAL_COMMAND%%;*}"
fi

LC_ALL=C
set -f
IFS=' '

refuse() { # WHY [STATUS]
  printf 'flightrules gate: %s\n' "$1" >&2
  exit "${2:-126}"
}

asked=$2
case $asked in
  '') refuse 'there is no shell behind this key' ;;
  ': flightrules '*) ;;
  *) refuse 'this key runs what flightrules asks for, and nothing else' ;;
esac
[ "${#asked}" -le 4000 ] || refuse 'the words are too long'
case $asked in *[!A-Za-z0-9\ .,:_-]*) refuse 'a word holds a character that none has' ;; esac
set -- $asked
[ "${3-}" = "$gate" ] ||
  refuse "this gate, of flightrules $version, is not the one the server asks for: print it anew with \`flightrules host-setup\` and install it" 77
verb=${4-}
[ $# -lt 4 ] || shift 4

words() { # COUNT WORD...
  [ "$(($# - 1))" -eq "$1" ] || refuse "$verb takes $1 words"
}

number() { # MOST WORD
  case $2 in '' | *[!0-9]*) refuse "a number of $verb is none" ;; esac
  [ "${#2}" -le 10 ] && [ "$2" -le "$1" ] || refuse "a number of $verb is too large"
}

ident() { # an operation's
  case $1 in '' | -* | *[!A-Za-z0-9_-]*) refuse 'bad operation id' ;; esac
  [ "${#1}" -le 64 ] || refuse 'bad operation id'
}

hexadecimal() { # LENGTH WORD
  case $2 in *[!0-9a-f]*) return 1 ;; esac
  [ "${#2}" -eq "$1" ]
}

commit() { hexadecimal 40 "$1" || hexadecimal 64 "$1" || refuse 'not a full commit id'; }

case $verb in
  probe) # LIMIT TAIL SINCE WANTED
    words 4 "$@"
    number 600 "$1"
    number 100000 "$2"
    [ "$3" = - ] || number 999999999 "${3%s}"
    ;;
  remember) words 1 "$@" && commit "$1" ;;
  survey) # RELEASE TRYING
    words 2 "$@" && commit "$1"
    case $2 in trial | -) ;; *) refuse 'a survey is on trial or not' ;; esac
    ;;
  compare) words 2 "$@" && commit "$1" && commit "$2" ;;
  launch) # ID SHA256 UNTIL
    words 3 "$@"
    ident "$1"
    hexadecimal 64 "$2" || refuse 'not a checksum'
    [ "$3" = - ] || number 9999999999 "$3"
    ;;
  look) # ID OFFSET MOST WAIT
    words 4 "$@"
    ident "$1"
    number 999999999 "$2"
    number 1000000 "$3"
    number 60 "$4"
    ;;
  running) # RELEASE, if what the settings would change is asked too
    words 1 "$@"
    [ "$1" = - ] || commit "$1"
    ;;
  unlock) words 1 "$@" && ident "$1" ;;
  *) refuse 'there is no program of that name' ;;
esac

for word in "$@"; do # nothing is sent as a dash: words that stand apart by spaces cannot be empty
  shift
  [ "$word" != - ] || word=''
  set -- "$@" "$word"
done

case $verb in # what is the same in every call: the target's own words
@WORDS@
  *) refuse "$verb is not for this host" ;;
esac

parts=''
for name in $programs; do parts="$parts/^#>> $name\$/,/^#<< $name\$/p;"; done
exec /bin/sh -c "$(sed -n "$parts" "$0")" "$verb" "$@"
exit 126
