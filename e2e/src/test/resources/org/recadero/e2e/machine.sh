# machine.sh CACHE TARFILE DIST DISK
# First process of a throw-away machine: mount, UTS, IPC, PID and network namespaces of its own, its root an overlay of this
# machine's root and the layer in TARFILE. DIST, where not empty, is seen read-only as /opt/recadero. What it writes goes to a
# tmpfs, or below the folder DISK where that is not empty (benchmarks need a disk that has to be flushed). Prints its number
# as seen from outside, and «ready»; it ends, and all of the machine with it, when standard input does.
set -eu
cache=$1; tar=$2; dist=$3; disk=$4
read -r self _ </proc/self/stat
mnt=$cache/mnt
mount -t tmpfs -o mode=755,size=6g recadero-e2e "$mnt"
mkdir "$mnt/lower" "$mnt/root" "$mnt/disk"
if [ -n "$disk" ]; then mount --bind "$disk" "$mnt/disk"; fi
mkdir "$mnt/disk/up" "$mnt/disk/work"
tar -C "$mnt/lower" --xattrs --xattrs-include='*' -xpf "$tar"
r=$mnt/root
mount -t overlay overlay -o "lowerdir=$mnt/lower:/,upperdir=$mnt/disk/up,workdir=$mnt/disk/work" "$r"
mount -t proc proc "$r/proc"
mount -t sysfs -o ro sysfs "$r/sys" 2>/dev/null || :
mount -t tmpfs -o mode=755 tmpfs "$r/dev"
for x in null:1:3:666 zero:1:5:666 full:1:7:666 random:1:8:666 urandom:1:9:666 tty:5:0:666; do
  IFS=: read -r n a b m <<<"$x"; mknod -m "$m" "$r/dev/$n" c "$a" "$b"
done
mkdir "$r/dev/pts" "$r/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts "$r/dev/pts"
ln -s pts/ptmx "$r/dev/ptmx"; ln -s /proc/self/fd "$r/dev/fd"
ln -s fd/0 "$r/dev/stdin"; ln -s fd/1 "$r/dev/stdout"; ln -s fd/2 "$r/dev/stderr"
mount -t tmpfs -o mode=1777 tmpfs "$r/dev/shm"
mount -t tmpfs -o mode=755 tmpfs "$r/run"; mkdir -p "$r/run/lock" "$r/run/user"
mount -t tmpfs -o mode=1777 tmpfs "$r/tmp"
if [ -n "$dist" ]; then
  mkdir -p "$r/opt/recadero"
  mount --bind "$dist" "$r/opt/recadero"
  mount -o remount,ro,bind "$r/opt/recadero"
fi
hostname cliente.example.net
ip link set lo up
echo cliente >"$r/etc/hostname"
printf '127.0.0.1\tlocalhost\n127.0.1.1\tcliente.example.net cliente\n::1\tlocalhost ip6-localhost ip6-loopback\n' >"$r/etc/hosts"
echo example.net >"$r/etc/mailname"
rm -f "$r/etc/resolv.conf"
# nobody answers there: a machine without a network
printf 'nameserver 127.0.0.1\noptions timeout:1 attempts:1\n' >"$r/etc/resolv.conf"
rm -f "$r/etc/localtime"; ln -s /usr/share/zoneinfo/UTC "$r/etc/localtime"
: >"$r/var/log/mail.log"
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
cd "$r"
exec env -i PATH=$PATH HOME=/root chroot . /bin/bash -c '
busybox syslogd -O /var/log/mail.log
for i in {1..1000}; do [ -S /dev/log ] && break; sleep 0.02; done
echo "$1 ready"
read -r _ || :' _ "$self"
