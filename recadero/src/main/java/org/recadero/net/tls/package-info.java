/**
 * TLS towards a server: levels and policies, whom to trust, which names count, and the handshake.
 *
 * <p>Postfix's counterpart: tls_client(3). In: a connected socket and a policy; out: a socket that speaks TLS, and what is known of
 * the peer. Start with {@link org.recadero.net.tls.ClientTls}.
 */
@NullMarked
package org.recadero.net.tls;

import org.jspecify.annotations.NullMarked;
