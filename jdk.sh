# Sets JAVA_HOME to a JDK of 25 or more, or says which package to install. Sourced by build, test and try.
unset JAVA_TOOL_OPTIONS JDK_JAVA_OPTIONS _JAVA_OPTIONS CLASSPATH
version_of() { sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release" 2>/dev/null; }
found=
for home in ${RECADERO_JAVA_HOME:+"$RECADERO_JAVA_HOME"} ${JAVA_HOME:+"$JAVA_HOME"} /usr/lib/jvm/*; do
  [ -x "$home/bin/javac" ] || continue
  version=$(version_of "$home") || true
  if [ "${version:-0}" -ge 25 ]; then found=$home; break; fi
done
if [ -z "$found" ]; then
  echo "No JDK of version 25 or more was found. On Debian 13: apt install openjdk-25-jdk-headless maven;" >&2
  echo "elsewhere install one (for example https://adoptium.net) and set JAVA_HOME." >&2
  exit 1
fi
JAVA_HOME=$found
export JAVA_HOME
