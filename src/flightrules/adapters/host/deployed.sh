# deployed APP LIMIT
# Read how a running compose project was deployed: the checkout's branch and commit, and all containers of compose.
set -u
app=$1 limit=$2

branch() { # the branch that stands, else the one that the remote begins with
  git symbolic-ref --quiet --short HEAD || git symbolic-ref --quiet --short refs/remotes/origin/HEAD | sed 's|^[^/]*/||'
}

described() { # containers described, one a line
  limited docker inspect --type container --format '{"project":{{json (index .Config.Labels "com.docker.compose.project")}},"service":{{json (index .Config.Labels "com.docker.compose.service")}},"files":{{json (index .Config.Labels "com.docker.compose.project.config_files")}},"env_files":{{json (index .Config.Labels "com.docker.compose.project.environment_file")}},"folder":{{json (index .Config.Labels "com.docker.compose.project.working_dir")}},"ref":{{json .Config.Image}},"env":{{json .Config.Env}},"ports":{{json .NetworkSettings.Ports}},"check":{{json .Config.Healthcheck}},"command":{{json .Config.Cmd}},"state":{{json .State.Status}}}' "$@"
}

all() { # A container that is gone before it is described is no part of what runs: other projects come and go.
  ids=$(limited docker ps -aq --no-trunc --filter label=com.docker.compose.project --filter label=com.docker.compose.oneoff=False) || return 1
  [ -z "$ids" ] || described $ids 2>"$dir/complaints" || {
    grep -vi 'no such container' "$dir/complaints" >&2 && return 1
    grep -qi 'no such container' "$dir/complaints"
  }
}

scratch
trap 'rm -rf "$dir"' EXIT
trap 'exit 143' HUP INT TERM PIPE
probe head head 1000 git_head
probe tag head 1000 git describe --exact-match --tags HEAD
probe branch head 1000 branch
probe all head 4000000 all
