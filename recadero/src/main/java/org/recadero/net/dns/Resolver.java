package org.recadero.net.dns;

import java.net.InetAddress;

/** Looks up names. Blocks, a bounded time; never throws for what a server or a name can cause. Safe for all threads. */
public interface Resolver {
    /** The addresses of a host, of both families; {@code /etc/hosts} first. Carries {@code host} as each address's name. */
    Answer<InetAddress> addresses(String host);

    /** The mail exchangers of a domain as the DNS names them, sorted by preference (RFC 5321 §5.1). */
    Answer<MailExchanger> exchangers(String domain);

    /** The same without {@code /etc/hosts}. */
    Resolver dnsOnly();

    /** The names of an address, as PTR records (or {@code /etc/hosts}) have them; not checked by a look-up the other way. */
    Answer<String> names(InetAddress address);
}
