/**
 * SASL (RFC 4422): who a client is.
 *
 * <p>Postfix's counterpart: xsasl(3). In: a mechanism and responses; out: challenges and a login. Start with {@link
 * org.recadero.net.sasl.server.SaslServer}.
 */
@NullMarked
package org.recadero.net.sasl.server;

import org.jspecify.annotations.NullMarked;
