# layer.sh CACHE TARFILE PACKAGES...
# Installs Debian packages into an overlay of this machine's root and packs what changed into TARFILE (whiteouts and
# overlay attributes included). Runs as the first process of mount, UTS, IPC and PID namespaces of its own: when it ends,
# nothing of it is left but the tar file. The host's network is used, for apt.
set -eu
mnt=$1/mnt; tar=$2; shift 2
mount -t tmpfs -o mode=755,size=3g recadero-e2e "$mnt"
mkdir "$mnt/up" "$mnt/work" "$mnt/root"
r=$mnt/root
mount -t overlay overlay -o "lowerdir=/,upperdir=$mnt/up,workdir=$mnt/work" "$r"
cp --remove-destination -L /etc/resolv.conf "$r/etc/resolv.conf" 2>/dev/null || :
mount -t proc proc "$r/proc"
mount --rbind /dev "$r/dev"
mount -t tmpfs -o mode=755 tmpfs "$r/run"
mount -t tmpfs -o mode=1777 tmpfs "$r/tmp"
printf '#!/bin/sh\nexit 101\n' >"$r/usr/sbin/policy-rc.d"; chmod 755 "$r/usr/sbin/policy-rc.d"
rm -f "$r/etc/apt/apt.conf.d/docker-clean"
hostname cliente.example.net
printf '127.0.0.1\tlocalhost\n127.0.1.1\tcliente.example.net cliente\n' >"$r/etc/hosts"
echo cliente >"$r/etc/hostname"
echo example.net >"$r/etc/mailname"
within() { chroot "$r" env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 \
  DEBIAN_FRONTEND=noninteractive http_proxy="${http_proxy:-}" https_proxy="${https_proxy:-}" "$@" </dev/null; }
within apt-get -q -o Acquire::Languages=none update || echo "apt-get update failed; going on with the lists that are here"
# the bare machine has no MTA, whatever this one has
old=$(within dpkg-query -W -f '${db:Status-Status}\t${Package}\t${Provides}\n' | awk -F'\t' '$1 == "installed" && $3 ~ /mail-transport-agent/ {print $2}')
if [ -n "$old" ]; then within dpkg --purge --force-depends $old; rm -rf "$r/etc/postfix" "$r/var/spool/postfix"; fi
rm -f "$r"/etc/aliases "$r"/etc/aliases.db
chroot "$r" debconf-set-selections <<'D'
postfix postfix/main_mailer_type select Local only
postfix postfix/mailname string example.net
D
within apt-get -q -y --no-install-recommends --allow-downgrades -o Dpkg::Options::=--force-confnew install "$@"
# usuario and otro of the chapter; whoever has their numbers or names here gives them up in the overlay
for id in 1001 1002; do
  n=$(awk -F: -v i=$id '$3 == i {print $1}' "$r/etc/passwd"); [ -z "$n" ] || within userdel "$n"
  n=$(awk -F: -v i=$id '$3 == i {print $1}' "$r/etc/group"); [ -z "$n" ] || within groupdel "$n"
done
for n in usuario otro; do ! within id "$n" >/dev/null 2>&1 || within userdel -r "$n" || :; done
rm -rf "$r/home/usuario" "$r/home/otro"
within useradd -m -s /bin/bash -u 1001 -U -c 'Usuario de Prueba,,,' usuario
within useradd -m -s /bin/bash -u 1002 -U -c '& Segundo,despacho 2,,' otro
[ -d "$r/var/mail" ] || { mkdir "$r/var/mail"; chown root:mail "$r/var/mail"; chmod 2775 "$r/var/mail"; }
rm -rf "$r/var/mail"/* "$r/root/Maildir" "$r/root/.forward"
umount -l "$r/tmp" "$r/run" "$r/dev" "$r/proc"
umount -l "$r"
cd "$mnt/up"
rm -rf var/cache/apt var/lib/apt/lists tmp run usr/share/doc usr/share/man usr/share/locale
tar --xattrs --xattrs-include='*' -cf "$tar.new" .
mv "$tar.new" "$tar"
