# Common parts of the benchmarks: throw-away machines as the end-to-end tests make them, but with their files on a real disk.
# Sourced. M=recadero or M=postfix names the machine that in, start_load… work on.
BENCH=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
SCRIPTS=$BENCH/../e2e/src/test/resources/org/recadero/e2e
DIST=$(readlink -f "${RECADERO_DIST:-$BENCH/../recadero/target/dist}")
CACHE=${RECADERO_E2E_CACHE:-/run/recadero-e2e}
BARE="busybox busybox-syslogd ca-certificates iproute2 procps util-linux strace libcap2-bin"
die() { echo "bench: $*" >&2; exit 1; }

[ "$(id -u)" = 0 ] || die "needs root (namespaces and overlays)"
[ -x "$DIST/bin/sendmail" ] || die "no packaged product in $DIST: run ./build first (or set RECADERO_DIST)"
command -v cc >/dev/null || die "needs a C compiler for load.c"

WORK=$(mktemp -d "${RECADERO_BENCH_DISK:-/var/tmp}/recadero-bench.XXXXXX")
declare -A INIT HOLD UNSHARE LAYER # LAYER[machine]: where it has the packages of another
finish() {
  for m in "${!HOLD[@]}"; do eval "exec ${HOLD[$m]}>&-"; done
  for m in "${!UNSHARE[@]}"; do wait "${UNSHARE[$m]}" 2>/dev/null; done
  rm -rf "$WORK"
}
trap finish EXIT
trap 'exit 130' INT TERM
cc -O2 -Wall -static -o "$WORK/load" "$BENCH/load.c" 2>/dev/null || cc -O2 -Wall -o "$WORK/load" "$BENCH/load.c" || die "load.c does not compile"

layer() { # recadero|postfix|opensmtpd|server -> tar file
  local name=bare extra=
  case $1 in
    postfix) name=reference; extra=postfix;;
    opensmtpd) name=opensmtpd; extra=opensmtpd;;
    server) name=servers; extra="postfix libsasl2-modules dovecot-core";;
  esac
  local tar; tar=$(ls -t "$CACHE/$name"-*.tar 2>/dev/null | head -1)
  if [ -z "$tar" ]; then
    mkdir -p -m 700 "$CACHE"; mkdir -p "$CACHE/mnt"
    tar=$CACHE/$name-bench.tar
    echo "bench: installing packages for $name ($CACHE/$name.log)" >&2
    unshare -m -u -i -p --fork --kill-child=KILL --propagation private bash "$SCRIPTS/layer.sh" "$CACHE" "$tar" $BARE $extra \
      >"$CACHE/$name.log" 2>&1 || die "no packages, see $CACHE/$name.log"
  fi
  echo "$tar"
}
bare_machine() { # recadero|postfix|opensmtpd|server: starts it as Debian leaves it
  local m=$1 dist= tar
  [ "$m" = recadero ] && dist=$DIST
  tar=$(layer "${LAYER[$m]:-$m}") || exit 1
  mkdir -p "$WORK/$m/disk"; mkfifo "$WORK/$m/in"
  unshare -m -u -i -p -n --fork --kill-child=KILL --propagation private \
    bash "$SCRIPTS/machine.sh" "$CACHE" "$tar" "$dist" "$WORK/$m/disk" <"$WORK/$m/in" >"$WORK/$m/out" 2>&1 &
  UNSHARE[$m]=$!
  exec {fd}>"$WORK/$m/in"; HOLD[$m]=$fd
  for _ in $(seq 300); do grep -q ' ready$' "$WORK/$m/out" && break; sleep 0.05; done
  INIT[$m]=$(sed -n 's/ ready$//p' "$WORK/$m/out")
  [ -n "${INIT[$m]}" ] || die "machine $m did not start: $(cat "$WORK/$m/out")"
  M=$m
}
machine() { # recadero|postfix: starts it with the chapter's configuration; the mail system is not started
  bare_machine "$1"
  local m=$1
  cp "$WORK/load" "/proc/${INIT[$m]}/root/usr/local/bin/load"
  printf 'From: root@localhost\nTo: usuario@localhost\nSubject: Test SMTP\n\n%s' "$(yes 'Prueba de entrega, sesenta y cuatro octetos en cada linea, si.' | head -28)" \
    >"/proc/${INIT[$m]}/root/root/message"
  [ "$m" = recadero ] && in_machine recadero init >/dev/null
  in_machine postconf -e 'alias_database = hash:/etc/aliases' 'alias_maps = hash:/etc/aliases' 'append_dot_mydomain = no' 'biff = no' \
    'default_transport = error' 'inet_interfaces = loopback-only' 'mailbox_command =' 'mailbox_size_limit = 0' \
    'mydestination = $myhostname, example.net, localhost.example.net, localhost' 'myhostname = cliente.example.net' \
    'myorigin = /etc/mailname' 'recipient_delimiter = +' 'relay_transport = error' 'relayhost ='
  in_machine newaliases
}
in_machine() { # COMMAND... as root in machine $M
  local path=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
  [ "$M" = recadero ] && path=/opt/recadero/bin:$path
  # not with the other end of the machine's standard input: it ends when nobody holds that any more
  nsenter -t "${INIT[$M]}" -m -u -i -n -p -r --wd="/proc/${INIT[$M]}/root/root" -- \
    bash -c 'for d in /proc/$$/fd/*; do d=${d##*/}; [ "$d" -le 2 ] || eval "exec $d>&-"; done 2>/dev/null; exec "$@"' bash env -i HOME=/root USER=root LOGNAME=root LANG=C.UTF-8 PATH="$path" "$@"
}
all_ticks() { in_machine sh -c 'cat /proc/[0-9]*/stat 2>/dev/null' | sed 's/^.*) //' | awk '{s += $12 + $13 + $14 + $15} END {print s + 0}'; }
in_mailbox() { grep -c '^From ' "/proc/${INIT[$M]}/root/var/mail/usuario" 2>/dev/null || :; }
await_mailbox() { # NUMBER: until so many messages lie in usuario's mailbox; looks ten times a second
  local i
  for ((i = 0; i < 6000; i++)); do [ "$(in_mailbox)" -ge "$1" ] && return 0; sleep 0.1; done
  die "$M: only $(in_mailbox) of $1 messages arrived"
}
ratio() { awk -v a="$1" -v b="$2" 'BEGIN {if (b > 0) printf "%.2f", a / b; else printf "-"}'; }
median() { sort -n | awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)]}'; }
now() { local t=$EPOCHREALTIME; echo "${t/,/.}"; }
