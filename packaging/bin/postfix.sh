#!/bin/sh
# postfix(1): start, start-fg, stop, abort, reload, status, check, flush, set-permissions… Words, tags, exit statuses as Postfix's.
#
# The daemon never runs as root: it gets its four capabilities from setpriv. It has a session of its own: in a shared one the
# kernel lets every member send SIGCONT. As root nothing here writes into, or follows a name inside, a folder that belongs to
# mail_owner: what has to be done there is done as mail_owner.
#
# Who runs: the pid file is written by the daemon itself under the queue's lock, and counts only if that process is a daemon of this
# queue. The daemon is ready when it says so on its standard output, a pipe that ends here. Starts and stops queue up behind a flock(1);
# against a start that does not (start-fg, systemd) the queue's lock decides.
here=$(readlink -f "$0")
here=${here%/*}
java=$here/../lib/java.sh
umask 022
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH
unset IFS CDPATH ENV BASH_ENV
LC_ALL=C
export LC_ALL
# cron and others may start us with descriptors closed: the next file opened would be taken for one of these
{ true <&0; } 2>/dev/null || exec </dev/null
{ true >&1; } 2>/dev/null || exec >/dev/null
{ true >&2; } 2>/dev/null || exec 2>/dev/null

wait_seconds=70 # for another start or stop to finish
uid=$(id -u)
syslog_name=postfix maillog_file= owner_uid= group=

# log TAG SEVERITY TEXT: to the terminal if there is one, and to the mail log; where there is none, to standard error
log() {
  [ -t 2 ] && echo "$1: $3" >&2
  case $maillog_file in
    /dev/stdout) line "$@";;
    /*) line "$@" | as_owner tee -a "$maillog_file" >/dev/null 2>&1;;
    *) if [ -S /dev/log ]; then
        logger --socket-errors=off --id=$$ -p "mail.$2" -t "$1" -- "$3"
      elif [ ! -t 2 ]; then
        echo "$1: $3" >&2
      fi;;
  esac
}
line() { echo "$(date '+%b %e %H:%M:%S') $(host) $1[$$]: $3"; }
host() { n=$(uname -n); echo "${n%%.*}"; }
info() { log "$syslog_name/postfix-script" info "$*"; }
warn() { log "$syslog_name/postfix-script" warn "warning: $*"; }
fatal() { log "$syslog_name/postfix-script" crit "fatal: $*"; exit 1; }
# errors of the postfix command itself, before the script of a verb is run
refuse() { log "$syslog_name" crit "fatal: $*"; exit 1; }

while getopts :c:Dv option; do
  case $option in
    c) case $OPTARG in /*) MAIL_CONFIG=$OPTARG;; *) refuse "-c requires absolute pathname";; esac;;
    D | v) ;; # a debugger and verbose logging of Postfix's own: accepted, without effect
    :) echo "postfix: option requires an argument -- '$OPTARG'" >&2; refuse "usage: postfix [-c config_dir] [-Dv] command";;
    *) echo "postfix: invalid option -- '$OPTARG'" >&2; refuse "usage: postfix [-c config_dir] [-Dv] command";;
  esac
done
shift $((OPTIND - 1))
config=${MAIL_CONFIG:-/etc/postfix}
export MAIL_CONFIG="$config"

# The values that are needed here, read as Postfix reads main.cf (a line that begins with a blank continues the one before; blank and
# comment lines end nothing; the last of a name counts). A second JVM would double the time of a start, so Java is asked only
# where a value is more than plain text, or where the file has a mistake to tell of: awk then prints nothing.
plain_values() {
  awk '
    function value(text) { sub(/^[^=]*=/, "", text); gsub(/^[ \t\r\v\f]+|[ \t\r\v\f]+$/, "", text); return text }
    function logical(text,    name) {
      if (text == "") return
      name = text
      if (!sub(/[ \t]*=.*$/, "", name) || name ~ /[ \t]/ || name == "") { hard = 1; return }
      if (name in wanted) found[name] = value(text)
      if (name == "multi_instance_name" && value(text) != "") hard = 1
    }
    BEGIN {
      found["queue_directory"] = "/var/spool/postfix"; found["mail_owner"] = "postfix"
      found["syslog_name"] = "postfix"; found["maillog_file"] = ""
      for (name in found) wanted[name] = 1
    }
    /^[ \t\r\v\f]*(#|$)/ { next }
    /^[ \t]/ { if (line == "") hard = 1; line = line $0; next }
    { logical(line); line = $0 }
    END {
      logical(line)
      for (name in found) if (found[name] ~ /[$"]/) hard = 1
      if (found["queue_directory"] !~ /^\// || found["mail_owner"] == "" || found["syslog_name"] == "") hard = 1
      if (!hard) print found["queue_directory"] "\n" found["mail_owner"] "\n" found["syslog_name"] "\n" found["maillog_file"]
    }' "$config/main.cf" 2>/dev/null
}
values() {
  [ -r "$config/main.cf" ] || refuse "open $config/main.cf: $(reason "$config/main.cf")"
  values=$(plain_values)
  if [ -z "$values" ]; then
    values=$("$java" value queue_directory mail_owner syslog_name maillog_file 2>&1) || {
      values=${values##*fatal: }
      refuse "$values"
    }
  fi
  { IFS= read -r queue; IFS= read -r mail_owner; IFS= read -r syslog_name; IFS= read -r maillog_file; } <<VALUES
$values
VALUES
  home=$queue/recadero
}
reason() { if [ -e "$1" ]; then echo "Permission denied"; else echo "No such file or directory"; fi; }

# As root for the instance of mail_owner; else it must be one's own.
rights() {
  owner_uid=$(id -u "$mail_owner" 2>/dev/null)
  if [ "$uid" = 0 ]; then
    if [ -z "$owner_uid" ]; then
      case $1 in
        check | set-permissions) ;; # say so themselves
        *) refuse "file $config/main.cf: parameter mail_owner: unknown user name value: $mail_owner";;
      esac
    fi
    [ "$owner_uid" != 0 ] || refuse "file $config/main.cf: parameter mail_owner: $mail_owner has the superuser's number"
    group=$(id -g "$mail_owner" 2>/dev/null)
  elif [ -n "$owner_uid" ] && [ "$owner_uid" != "$uid" ]; then
    log "$syslog_name" err "error: to submit mail, use the Recadero sendmail command"
    refuse "the postfix command is reserved for the superuser"
  fi
}
as_owner() {
  if [ "$uid" = 0 ]; then setpriv --reuid "$owner_uid" --regid "$group" --init-groups --bounding-set=-all -- "$@"; else "$@"; fi
}

# ours PID: whether that process is a daemon of this queue, and not another program that got the number since
ours() {
  case $1 in '' | 0* | *[!0-9]*) return 1;; esac
  [ -r "/proc/$1/cmdline" ] || return 1
  # it may end while it is looked at
  case $({ tr '\0' '\n' <"/proc/$1/cmdline"; } 2>/dev/null) in
    *"
-XX:ErrorFile=$home/log/hs_err_pid%p.log
"*"
org.recadero.Main
daemon") return 0;;
  esac
  return 1
}
# sets pid; what the file says is mail_owner's word only
running() {
  pid=
  [ -f "$home/pid" ] && IFS= read -r pid <"$home/pid"
  ours "$pid"
}
# One start or stop at a time. The lock is on a folder that nobody else can open, so that nobody else can hold it.
queue_up() {
  [ -r "$home/log" ] || return 0
  exec 9<"$home/log"
  flock -w "$wait_seconds" 9 || fatal "another start or stop of this mail system is at work, and does not end"
}

# The folders below $queue_directory/recadero. Usually all is there, and one stat(1) sees it.
folders() {
  if [ "$uid" = 0 ]; then
    mode=755 drop=3733 root=$home/drop/root
  else
    mode=700 drop=700 root=
  fi
  wanted="$mode 700 700 700 750 $drop "
  wanted=$(for mode in $wanted; do printf '%s %s ' "${owner_uid:-$uid}" "$mode"; done)${root:+"0 2770 "}
  is=$(stat -c '%u %a' "$home" "$home/log" "$home/large" "$home/corrupt" "$home/control" "$home/drop" ${root:+"$root"} 2>/dev/null | tr '\n' ' ')
  [ "$is" != "$wanted" ] || return 0
  if [ "$uid" = 0 ]; then
    [ -d "$queue" ] || mkdir -p "$queue"
    # another start may have been making them at this moment
    "$java" set-permissions || fatal "mail system startup failed"
  else
    (umask 077 && mkdir -p "$home/log" "$home/large" "$home/corrupt" "$home/control" "$home/drop" && cd "$home" &&
      chmod 700 . log large corrupt drop && chmod 750 control) || fatal "cannot make the folders in $home"
  fi
}
# The daemon cannot make a file in a folder of root's, such as /var/log. A file that is there is left as it is.
log_file() {
  case $uid$maillog_file in 0/dev/*) return;; 0/*) ;; *) return;; esac
  [ -e "$maillog_file" ] || [ -L "$maillog_file" ] && return
  case $(stat -c '%u %a' "${maillog_file%/*}/" 2>/dev/null) in
    "0 "*[0145]) (umask 077; set -C; : >"$maillog_file") && chown -h "$owner_uid:$group" "$maillog_file";;
  esac
}

# Becomes the daemon, in an environment of its own. «session»: with a session of its own.
launch() {
  if [ "$1" = session ]; then set -- setsid; else set --; fi
  if [ "$uid" = 0 ]; then
    caps='-all,+setuid,+setgid,+net_bind_service,+kill'
    # SAFETY 4: chown in the bounding set is for users' commands alone: a set-uid procmail gives a new mailbox to its user
    set -- "$@" setpriv --reuid "$owner_uid" --regid "$group" --init-groups --inh-caps "$caps" --ambient-caps "$caps" \
      --bounding-set "$caps,+chown" --
    HOME=$home USER=$mail_owner LOGNAME=$mail_owner
  fi
  set -- env -i PATH="$PATH" ${HOME+"HOME=$HOME"} ${USER+"USER=$USER"} ${LOGNAME+"LOGNAME=$LOGNAME"} ${TZ+"TZ=$TZ"} \
    MAIL_CONFIG="$config" RECADERO_HOME="$home" ${NOTIFY_SOCKET+"NOTIFY_SOCKET=$NOTIFY_SOCKET"} \
    ${RECADERO_READY+"RECADERO_READY=$RECADERO_READY"} ${RECADERO_AOT+"RECADERO_AOT=$RECADERO_AOT"} \
    ${RECADERO_AOT_FILE+"RECADERO_AOT_FILE=$RECADERO_AOT_FILE"} ${JAVA_HOME+"JAVA_HOME=$JAVA_HOME"} \
    ${RECADERO_JAVA_HOME+"RECADERO_JAVA_HOME=$RECADERO_JAVA_HOME"} "$@" "$java" daemon
  # what a login shell or a tool had open is none of the daemon's business; this shell can name 3 to 9 only, and has one more itself
  exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
  high=0
  for d in /proc/self/fd/*; do case ${d##*/} in ??*) high=$((high + 1));; esac; done
  if [ $high -gt 1 ] && [ -x /bin/bash ]; then
    exec /bin/bash -p -c 'for d in /proc/$$/fd/*; do d=${d##*/}; [ "$d" -gt 2 ] && eval "exec $d>&-"; done 2>/dev/null; exec "$@"' bash "$@"
  fi
  exec "$@"
}

start() {
  folders
  queue_up
  refuse_second
  [ "$maillog_file" != /dev/stdout ] || refuse "maillog_file = /dev/stdout is for «postfix start-fg» only"
  log_file
  unset NOTIFY_SOCKET
  cd "$home" || fatal "cannot enter $home"
  info "starting the Recadero mail system"
  RECADERO_READY=stdout
  # The pipe ends when the daemon is ready, or with it. Reading a long queue again may take a while.
  if { (launch session </dev/null) & } | timeout 60 grep -qxF ready; then exit 0; fi
  if running; then fatal_second; fi
  as_owner head -c 10000 "$home/start.log" >&2
  fatal "mail system startup failed"
}
refuse_second() { ! running || fatal_second; }
fatal_second() {
  warn "already running: PID: $pid"
  fatal "the Recadero mail system is already running"
}

start_fg() {
  folders
  queue_up
  refuse_second
  log_file
  exec 9<&-
  cd "$home" || fatal "cannot enter $home"
  info "starting the Recadero mail system"
  unset RECADERO_READY
  IFS= read -r stat <"/proc/$$/stat"
  # shellcheck disable=SC2086 # words behind the program's name: state, parent, group, session
  set -- ${stat##*) }
  # a service manager and a container start us as leader of a session
  [ "$4" != $$ ] || launch
  (launch session) &
  child=$!
  trap 'kill -TERM $child 2>/dev/null' HUP INT TERM
  status=
  while kill -0 $child 2>/dev/null; do wait $child; status=$?; done
  exit "${status:-1}"
}

# end SIGNAL-SECONDS: SIGTERM, and after so long SIGKILL, which loses nothing (docs/architecture.md, crash states)
end() {
  kill -TERM "$pid" 2>/dev/null
  left=$(($1 * 20))
  while ours "$pid"; do
    if [ $left = 0 ]; then
      warn "stopping the Recadero mail system with force"
      kill -KILL "$pid" 2>/dev/null
    fi
    [ $left -gt -100 ] || fatal "process $pid does not end"
    left=$((left - 1))
    sleep 0.05
  done
  # a daemon that was killed leaves these; a client that finds the socket is refused at once
  for left_over in "$home/submit" "$home/pid"; do [ -e "$left_over" ] && as_owner rm -f "$left_over"; done
  exit 0
}

case ${1-} in
  start | start-fg | stop | abort | drain | reload | status | check | flush | set-permissions) values; rights "$1";;
esac
case ${1-} in
  start) start;;
  start-fg) start_fg;;
  stop | drain) queue_up; running || fatal "the Recadero mail system is not running"
    info "stopping the Recadero mail system"; end 8;;
  abort) running || fatal "the Recadero mail system is not running"
    info "aborting the Recadero mail system"; end 5;;
  reload) running || fatal "the Recadero mail system is not running"
    info "refreshing the Recadero mail system"; exec "$java" control reload;;
  status) if running; then info "the Recadero mail system is running: PID: $pid"; exit 0; fi
    info "the Recadero mail system is not running"; exit 1;;
  flush) exec "$here/postqueue" -f;;
  check) exec "$java" check;;
  set-permissions) exec "$java" set-permissions;;
  *) values
    fatal "unknown command: '${1-}'. Usage: postfix start (or stop, reload, abort, flush, check, status, set-permissions, upgrade-configuration, logrotate)";;
esac
