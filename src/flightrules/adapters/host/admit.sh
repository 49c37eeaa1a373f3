
# admit APP ID SHA256 UNTIL <PLAN
# Behind a gate: build the plan anew out of the names it holds and of what stands on this host, before launch takes it.
# A line is accepted where it is, byte for byte, what is built here, so what runs is never what was sent.
set -u
app=$1 id=$2 sha=$3 limit=20 index=0 number=0 line='' more=yes

no() { stop 126 "flightrules gate: $1; nothing was started"; }

quoted() { # WORD...: as they stand in a plan
  joined=''
  for word in "$@"; do
    case $word in
      '' | *[!A-Za-z0-9@%+=:,./_-]*) word="'$(printf '%s' "$word" | sed "s/'/'\"'\"'/g")'" ;;
    esac
    joined="$joined${joined:+ }$word"
  done
  printf '%s' "$joined"
}

take() { # the next line of what was sent
  number=$((number + 1))
  IFS= read -r line <&3 || [ -n "$line" ] || more=''
}

put() { # LINE: the next line must be this one
  [ "$line" = "$1" ] && [ -n "$more" ] || no "line $number of the plan is not as a rollback of this target has it"
  printf '%s\n' "$1" >>"$dir/plan" || stop 73 "$dir cannot be written"
  take
}

step() { # NAME keeps|changes COMMAND
  put "step $index $1 $2 $3"
  index=$((index + 1))
}

undo() { put "undo $((index - 1)) $1"; } # COMMAND

plain() { # NAME: letters and digits, no path
  case $1 in '' | [.-]* | *[!A-Za-z0-9._-]*) no "line $number of the plan names something that is no name" ;; esac
}

told() { # KEY: text for people, as one quoted word
  text=${line#"about $1 "}
  case $text in
    *[[:cntrl:]]*) no "line $number of the plan holds a control character" ;;
    "'"*"'")
      inner=${text#"'"}
      case $(printf '%s' "${inner%"'"}" | sed "s/'\"'\"'//g") in *"'"*) no "line $number of the plan is not quoted" ;; esac
      ;;
    '' | *[!A-Za-z0-9@%+=:,./_-]*) no "line $number of the plan is not quoted" ;;
  esac
  put "about $1 $text"
}

standing_for() { limited docker image inspect --format '{{.Id}}' "$1" || no "$1 is no image here"; } # NAME: its id now

remembered() { # ID: of an image that ran here when the release did
  release=$to
  images >"$dir/here" || no "the images of this host cannot be listed"
  while read -r there name tag _; do
    case $name in "flightrules/$project/"*) [ "$there $tag" != "$1 $to" ] || return 0 ;; esac
  done <"$dir/here"
  no "$1 is not remembered for $to"
}

configured() { # what the release's own compose files name, looked up once
  [ ! -e "$dir/services" ] || return 0
  release=$to export=$dir/export
  mkdir -p "$export"
  exported || no "the files of $to cannot be read"
  composed "$export" "$to" config --images >"$dir/images" && composed "$export" "$to" config --services >"$dir/services" ||
    no "the compose files of $to are not valid"
}

listed() { # NAME services|images
  configured
  grep -qxF -- "$1" "$dir/$2" || no "$1 is none of the $2 of $to"
}

checkout_steps() { # what the plan says of what is put aside is held against this host by the first step itself
  words=${line#"step 0 save keeps flightrules-tree save "}
  plan=${words%% *} told=${words##* }
  plain "$plan"
  case $told in *[!0-9a-f]*) no "line $number of the plan holds no digest" ;; esac
  [ "${#told}" -eq 64 ] || no "line $number of the plan holds no digest"
  step save keeps "flightrules-tree save $plan $(git rev-parse HEAD) $to $told"
  undo "flightrules-tree restore $plan"
  step checkout keeps "flightrules-tree checkout $plan $to"
  undo "flightrules-tree restore $plan"
}

named_services() { # SERVICE...: of the release
  for service in "$@"; do
    case $service in '' | -* | *[!A-Za-z0-9._-]*) no "line $number of the plan names something that is no service" ;; esac
    listed "$service" services
  done
}

compose_steps() {
  checkout_steps
  root='' at=$to short=$(printf '%.7s' "$to")
  eval "set -- $variable_words"
  set_to=$(quoted "$@")${1:+ }
  eval "set -- $compose_words"
  compose_line=$(quoted "$@")
  eval "set -- $up_words"
  while :; do
    case $line in
      "step $index retag "*)
        image=${line#"step $index retag keeps docker tag "}
        image=${image%% *} ref=${line##* }
        remembered "$image"
        listed "$ref" images
        step retag keeps "docker tag $(quoted "$image" "$ref")"
        case $line in "undo "*) undo "docker tag $(quoted "$(standing_for "$ref")" "$ref")" ;; esac
        ;;
      "step $index save "*) # forward it is idle
        ref=${line##* }
        listed "$ref" images
        tag="docker tag $(quoted "$(standing_for "$ref")" "$ref")"
        step save keeps "$tag"
        undo "$tag"
        ;;
      *) break ;;
    esac
  done
  case $line in
    "step $index build "*)
      services=${line#"step $index build keeps $set_to$compose_line build "}
      named_services $services
      step build keeps "$set_to$compose_line build $(quoted $services)"
      ;;
  esac
  case $line in
    "step $index unpause "*)
      services=${line#"step $index unpause keeps $set_to$compose_line unpause "}
      named_services $services
      step unpause keeps "$set_to$compose_line unpause $(quoted $services)"
      undo "$set_to$compose_line pause $(quoted $services)"
      ;;
  esac
  case $line in
    "step $index recreate "*)
      anew="$set_to$compose_line up -d --no-build --force-recreate"
      services=${line#"step $index recreate changes $anew "}
      for word in "$@"; do # numbers of the services that are named, in the order of the settings
        case $word in --scale) continue ;; esac
        scaled=$(quoted --scale "$word")
        case $services in "$scaled "*) services=${services#"$scaled "} anew="$anew $scaled" ;; esac
      done
      named_services $services
      step recreate changes "$anew $(quoted $services)"
      ;;
  esac
  step up changes "$set_to$compose_line up -d --no-build${1:+ $(quoted "$@")}"
}

folder_steps() { # releases side by side
  pointed
  current=$folder fresh=''
  case $line in
    "step 0 release "*)
      fresh=${line%" $to"}
      fresh=${fresh##*/}
      fresh=${fresh%"'"}
      case $fresh in "$to" | "$to-"*) plain "$fresh" ;; *) no "a new folder is named for its release" ;; esac
      [ ! -e "$releases/$fresh" ] || no "$releases/$fresh is there already"
      words="$git_words $(quoted -c "safe.directory=$releases/$fresh") worktree"
      step release keeps "$words add --force --detach${prepare_words:+ --lock} $(quoted "$releases/$fresh") $to"
      undo "$words remove --force${prepare_words:+ --force} $(quoted "$releases/$fresh")"
      [ -z "$prepare_words" ] || step prepare keeps "$prepare_words $(quoted "$releases/$fresh") $prepare_with"
      ;;
  esac
  holds=$current
  case $line in
    "step $index switch "*)
      holds=${line%" $(quoted "$link")"}
      holds=${holds##*/}
      holds=${holds%"'"}
      plain "$holds"
      holds=$releases/$holds
      step switch keeps "$switch_words $(quoted "$holds" "$link")"
      undo "$switch_words $(quoted "$releases/${current##*/}" "$link")"
      ;;
  esac
  if [ -n "$fresh" ]; then
    [ "$holds" = "$releases/$fresh" ] || no "the link would not lead to the new folder"
  else
    [ -d "$holds" ] && [ ! -L "$holds" ] && [ "$(revision "$holds")" = "$to" ] && prepared "$holds" && unchanged "$holds" ||
      no "$holds does not hold $to as it was committed"
  fi
}

commands_steps() {
  if [ -n "$link" ]; then folder_steps; else checkout_steps; fi
  step restart changes "$restart_words"
}

systemd_steps() { commands_steps; }

expectations() { # FROM: how this host must be when the first step begins; the runner compares it under the lock
  case $line in 'expect '*) ;; *) return 0 ;; esac # whoever holds the key could say what is here anyway
  if [ -n "$link" ]; then
    name=${line##* }
    plain "$name"
    put "expect folder $(quoted "$link") $name"
  else
    put "expect head $1"
    case $line in
      "expect branch ''") put "$line" ;;
      "expect branch "*)
        case ${line#expect branch } in [!A-Za-z0-9_]* | *[!A-Za-z0-9._/-]*) no "line $number names no branch" ;; esac
        put "$line"
        ;;
    esac
    [ "$line" != 'expect clean yes' ] || put "$line"
  fi
  [ "$kind" = compose ] || return 0
  case ${line##* } in *[!0-9a-f]*) no "line $number holds no checksum" ;; esac
  [ "$(printf '%s' "${line##* }" | wc -c)" -eq 64 ] || no "line $number holds no checksum"
  put "expect images $(quoted "$project") ${line##* }"
}

admit() {
  scratch
  trap 'rm -rf "$dir"' EXIT
  trap 'exit 143' HUP INT TERM PIPE
  head -c 262144 >"$dir/sent" || stop 73 "$dir cannot be written"
  got=$(sha256sum <"$dir/sent")
  [ "${got%% *}" = "$sha" ] || stop 65 "the plan did not arrive whole"
  exec 3<"$dir/sent"
  take
  told incident
  told who
  told why
  to=${line##* } from=${line#about releases }
  release "${from%% *}"
  release "$to"
  put "about releases ${from%% *} $to"
  permitted "$to"
  expectations "${from%% *}"
  git_words=$(quoted git -C "$app" -c "safe.directory=$app" -c core.hooksPath=/dev/null -c core.fsmonitor=false \
    -c gc.auto=0 -c maintenance.auto=false)
  "${kind}_steps"
  [ -z "$more" ] || no "the plan goes on after its last step"
  exec 3<&- <"$dir/plan"
  rm -rf "$dir"
  trap - EXIT HUP INT TERM PIPE
}

held() { # whether this operation was taken before: launch compares the plans, and starts none twice
  common=$(git rev-parse --git-common-dir) || stop 69 "$app is no git checkout"
  [ -d "$(cd "$app" && cd "$common" && pwd -P)/flightrules/ops/$id" ]
}

held || admit
