#!/bin/sh
# recadero-java NAME ARGS…: runs the product's Java program from wherever this dist lies.
lib=$(dirname "$(readlink -f "$0")")
# for what the product says to its user
export RECADERO_LANG="${RECADERO_LANG-${LC_ALL:-${LC_MESSAGES:-$LANG}}}"
# names that are not ASCII must reach the program as they were typed
export LC_ALL=C.UTF-8
unset JAVA_TOOL_OPTIONS JDK_JAVA_OPTIONS _JAVA_OPTIONS
for home in "$RECADERO_JAVA_HOME" "$lib/runtime" "$(cat "$lib/java-home" 2>/dev/null)" "$JAVA_HOME" $(ls -d /usr/lib/jvm/* 2>/dev/null | sort -rV); do
  [ -n "$home" ] && [ -x "$home/bin/java" ] || continue
  version=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$home/release" 2>/dev/null)
  [ "${version:-0}" -ge 25 ] && break
  home=
done
if [ -z "$home" ]; then echo "$1: fatal: no Java runtime of version 25 or more was found" >&2; exit 75; fi
exec "$home/bin/java" -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xms8m -Xmx192m -XX:+DisableAttachMechanism -Xshare:auto \
  --enable-native-access=ALL-UNNAMED -cp "$lib/recadero.jar:$lib/*" org.recadero.Main "$@"
