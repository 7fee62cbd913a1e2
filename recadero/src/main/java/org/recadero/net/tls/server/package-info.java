/**
 * The server's half of TLS: certificates, protocols, handshakes.
 *
 * <p>Postfix's counterpart: tls_server(3). In: files and a socket; out: an encrypted socket. Start with {@link
 * org.recadero.net.tls.server.ServerTls}.
 */
@NullMarked
package org.recadero.net.tls.server;

import org.jspecify.annotations.NullMarked;
