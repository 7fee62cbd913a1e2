#!/bin/sh
# java.sh NAME ARGS…: runs the product's Java program from wherever this dist lies. It starts as few programs as it can:
# each costs about a millisecond, and every command of the mail system passes here.
lib=$(readlink -f "$0")
lib=${lib%/*}
# for what the product says to its user
export RECADERO_LANG="${RECADERO_LANG-${LC_ALL:-${LC_MESSAGES:-$LANG}}}"
# names that are not ASCII must reach the program as they were typed
export LC_ALL=C.UTF-8
# one arena of malloc for each of many threads costs more memory than it saves time
export MALLOC_ARENA_MAX=2
unset JAVA_TOOL_OPTIONS JDK_JAVA_OPTIONS _JAVA_OPTIONS CLASSPATH

# version HOME: sets version to the major number of the Java runtime there, 0 where there is none
version() {
  version=0
  [ -n "$1" ] && [ -x "$1/bin/java" ] && [ -r "$1/release" ] || return 0
  while IFS= read -r line; do
    case $line in
      JAVA_VERSION=\"*) version=${line#*\"}; version=${version%%[!0-9]*}; version=${version:-0};;
    esac
  done <"$1/release"
}
built=
[ -r "$lib/java-home" ] && IFS= read -r built <"$lib/java-home"
java=
for home in "$RECADERO_JAVA_HOME" "$lib/runtime" "$built" "$JAVA_HOME"; do
  version "$home"
  if [ "$version" -ge 25 ]; then java=$home; break; fi
done
if [ -z "$java" ]; then
  newest=24
  for home in /usr/lib/jvm/*; do
    version "$home"
    if [ "$version" -gt "$newest" ]; then newest=$version; java=$home; fi
  done
fi
if [ -z "$java" ]; then
  echo "$1: fatal: no Java runtime of version 25 or more was found (Debian: apt install openjdk-25-jre-headless)" >&2
  exit 75
fi

# The jars in the order in which ./build wrote them down: the AOT cache holds for this order only.
jars=
aot=$lib/recadero.aot
[ -r "$aot" ] || aot=
while IFS= read -r jar; do
  jars=$jars:$lib/$jar
  # JDK 25 was seen to take classes from the cache although the jar had been replaced since: a newer jar is not to be used with it
  [ -n "$aot" ] && [ "$lib/$jar" -nt "$aot" ] && aot=
done <"$lib/jars"
jars=${jars#:}

# jdk.pollerMode=1: a virtual thread that waits for its socket is woken by the thread that waits in epoll_wait(2) itself, not by way
# of another virtual thread (fewer hops for each command of an SMTP dialogue).
# Small memory (docs/decisions): serial collector, first compiler only, a heap that shrinks again, stacks and code cache of the size
# that is used, the AOT cache mapped where it was made for (else 10 MB of it are patched and belong to this process alone) and without profiles,
# which the first compiler has no use for. It compiles early: a mail system sees ten messages a day, and the first ones count. A later JVM may not know them all: it passes over them. Everything here but the -Xmx must be the
# same as when the AOT cache was made, or the cache is refused.
set -- -XX:+IgnoreUnrecognizedVMOptions -XX:+UnlockDiagnosticVMOptions -XX:ArchiveRelocationMode=0 -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:CompileThresholdScaling=0.25 -XX:-AOTRecordTraining -XX:-AOTReplayTraining -XX:+UseCompactObjectHeaders \
  -XX:InitialHeapSize=8m -XX:MinHeapSize=2m -Xmx192m -XX:MinHeapFreeRatio=10 -XX:MaxHeapFreeRatio=30 -XX:-ShrinkHeapInSteps -XX:ReservedCodeCacheSize=24m \
  -XX:TrimNativeHeapInterval=20000 -XX:+DisableAttachMechanism -XX:-UsePerfData -XX:+DisplayVMOutputToStderr \
  -Djdk.pollerMode=1 --enable-native-access=ALL-UNNAMED -cp "$jars" org.recadero.Main "$@"
# RECADERO_AOT is for ./build and tests: «record» and «create» make the cache, «on» fails where it cannot be used.
case $RECADERO_AOT in
  record) set -- -XX:AOTMode=record "-XX:AOTConfiguration=$RECADERO_AOT_FILE" "$@";;
  create) set -- -XX:AOTMode=create "-XX:AOTConfiguration=$RECADERO_AOT_FILE" "-XX:AOTCache=$RECADERO_AOT_FILE.aot" "$@";;
  on) set -- -XX:AOTMode=on "-XX:AOTCache=${aot:?is missing, or older than a jar}" "$@";;
  off) ;;
  *) [ -n "$aot" ] && set -- "-XX:AOTCache=$aot" -Xlog:aot=off -Xlog:cds=off "$@";; # falls back in silence
esac
if [ -n "$RECADERO_READY" ]; then
  umask 077
  exec 2>"$RECADERO_HOME/start.log"
  umask 022
fi
# SAFETY 5: what a crash writes goes into a folder that only the mail system reads, and never a core
[ -n "$RECADERO_HOME" ] && set -- "-XX:ErrorFile=$RECADERO_HOME/log/hs_err_pid%p.log" "$@"
exec "$java/bin/java" -XX:-CreateCoredumpOnCrash "$@"
