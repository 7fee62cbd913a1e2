#!/bin/sh
# postfix start | start-fg | stop | status: the daemon never runs as root, it gets its four capabilities from setpriv.
# A session of its own: in a shared one the kernel lets every member send SIGCONT.
here=$(dirname "$(readlink -f "$0")")
java=$here/../lib/java.sh
values=$("$java" value queue_directory mail_owner) || exit 1
queue=$(echo "$values" | sed -n 1p)
owner=$(echo "$values" | sed -n 2p)
home=$queue/recadero
pidfile=$home/pid
running() { [ -s "$pidfile" ] && kill -0 "$(cat "$pidfile")" 2>/dev/null; }
# A pid from a foreign run may have been given to another program since.
ours() { running && tr '\0' ' ' <"/proc/$(cat "$pidfile")/cmdline" | grep -q 'org.recadero.Main daemon'; }
say() { [ -t 2 ] && echo "$*" >&2; :; }
folders() {
  if [ "$(id -u)" = 0 ]; then
    getent group "$owner" >/dev/null || groupadd -r "$owner"
    id "$owner" >/dev/null 2>&1 || useradd -r -g "$owner" -d "$queue" -s /usr/sbin/nologin "$owner"
    install -d -m 755 "$queue"; install -d -o "$owner" -g "$owner" -m 755 "$home"
    for d in log large corrupt; do install -d -o "$owner" -g "$owner" -m 700 "$home/$d"; done
    install -d -o "$owner" -g "$owner" -m 750 "$home/control"
    install -d -o "$owner" -g "$owner" -m 3733 "$home/drop"; chmod 3733 "$home/drop"
    install -d -o root -g "$owner" -m 2770 "$home/drop/root"; chmod 2770 "$home/drop/root"
  else
    mkdir -p "$home"; for d in log large corrupt drop control; do mkdir -p "$home/$d"; chmod 700 "$home/$d"; done
  fi
}
launch() {
  if [ "$(id -u)" = 0 ]; then
    caps='-all,+setuid,+setgid,+net_bind_service,+kill'
    exec setsid setpriv --reuid "$owner" --regid "$owner" --init-groups --inh-caps "$caps" --ambient-caps "$caps" \
      --bounding-set "$caps" "$java" daemon
  fi
  exec setsid "$java" daemon
}
case ${1-} in
  start)
    if ours; then say "postfix: the mail system is already running: PID $(cat "$pidfile")"; exit 1; fi
    folders
    cd "$home" || exit 1
    (launch </dev/null >"$home/start.log" 2>&1 & echo $! >"$pidfile")
    i=0
    while [ $i -lt 200 ]; do
      [ -S "$home/submit" ] && exit 0
      running || { cat "$home/start.log" >&2; exit 1; }
      sleep 0.05; i=$((i + 1))
    done
    echo "postfix: fatal: the daemon did not become ready within 10 s" >&2; exit 1;;
  start-fg) folders; cd "$home" || exit 1; echo $$ >"$pidfile"; launch;;
  stop)
    ours || { say "postfix: the mail system is not running"; exit 1; }
    pid=$(cat "$pidfile"); kill -TERM "$pid"
    i=0; while [ $i -lt 160 ] && kill -0 "$pid" 2>/dev/null; do sleep 0.05; i=$((i + 1)); done
    kill -0 "$pid" 2>/dev/null && exit 1
    rm -f "$home/submit" "$pidfile"; exit 0;;
  status) if ours; then say "postfix: the mail system is running: PID $(cat "$pidfile")"; exit 0; fi
    say "postfix: the mail system is not running"; exit 1;;
  reload|flush|abort) exec "$java" control "$1";;
  *) echo "postfix: fatal: this version knows start, start-fg, stop, abort, reload, flush and status" >&2; exit 1;;
esac
