/**
 * Proves who we are to a server: secrets, and the client's half of each SASL mechanism (RFC 4422). No sockets.
 *
 * <p>Postfix's counterpart: xsasl(3) with Cyrus SASL. In: what the server offers, what the configuration allows, credentials;
 * out: responses to challenges. Start with {@link org.recadero.net.sasl.Mechanism}.
 */
@NullMarked
package org.recadero.net.sasl;

import org.jspecify.annotations.NullMarked;
