package org.recadero.receive.smtpd;

import java.util.Objects;
import java.util.Optional;

/**
 * What a session knows after a command. Immutable.
 *
 * @param helo the name that HELO or EHLO gave
 * @param extended whether it was EHLO
 * @param tls the connection's encryption; empty: none
 * @param login who authenticated; empty: nobody
 * @param transaction between MAIL and the end of data
 * @param refusedAtConnect whether the client was refused when it connected: then every command is
 */
record SessionState(
        Peer peer,
        Optional<String> helo,
        boolean extended,
        Optional<Encryption> tls,
        Optional<Login> login,
        Optional<Transaction> transaction,
        boolean refusedAtConnect) {
    /**
     * How the connection is encrypted.
     *
     * @param protocol {@code TLSv1.3}
     * @param cipher {@code TLS_AES_256_GCM_SHA384}
     */
    record Encryption(String protocol, String cipher) {
        Encryption {
            Objects.requireNonNull(protocol);
            Objects.requireNonNull(cipher);
        }
    }

    /** Who authenticated, by which mechanism. */
    record Login(String mechanism, String name) {
        Login {
            Objects.requireNonNull(mechanism);
            Objects.requireNonNull(name);
        }
    }

    SessionState {
        Objects.requireNonNull(peer);
        Objects.requireNonNull(helo);
        Objects.requireNonNull(tls);
        Objects.requireNonNull(login);
        Objects.requireNonNull(transaction);
    }

    static SessionState of(Peer peer) {
        return new SessionState(
                peer, Optional.empty(), false, Optional.empty(), Optional.empty(), Optional.empty(), false);
    }

    /** RFC 5321 §4.1.4: HELO and EHLO end a transaction. */
    SessionState greeted(String name, boolean byEhlo) {
        return new SessionState(peer, Optional.of(name), byEhlo, tls, login, Optional.empty(), refusedAtConnect);
    }

    /** RFC 3207 §4.2: after the handshake nothing is known that was said before it. */
    SessionState encrypted(Encryption encryption) {
        return new SessionState(
                peer,
                Optional.empty(),
                false,
                Optional.of(encryption),
                Optional.empty(),
                Optional.empty(),
                refusedAtConnect);
    }

    SessionState authenticated(Login who) {
        return new SessionState(peer, helo, extended, tls, Optional.of(who), transaction, refusedAtConnect);
    }

    SessionState with(Transaction begun) {
        return new SessionState(peer, helo, extended, tls, login, Optional.of(begun), refusedAtConnect);
    }

    SessionState withoutTransaction() {
        return transaction.isEmpty()
                ? this
                : new SessionState(peer, helo, extended, tls, login, Optional.empty(), refusedAtConnect);
    }

    SessionState refused() {
        return new SessionState(peer, helo, extended, tls, login, transaction, true);
    }

    /** RFC 3848, RFC 6531 §4.3: what Received says behind «with». */
    String protocol() {
        if (!extended) {
            return "SMTP";
        }
        boolean utf8 = transaction.isPresent() && transaction.get().options().utf8();
        return (utf8 ? "UTF8SMTP" : "ESMTP") + (tls.isPresent() ? "S" : "") + (login.isPresent() ? "A" : "");
    }
}
