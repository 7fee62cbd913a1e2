/**
 * Tells senders: DSNs (RFC 3464). What it writes goes back through cleanup as new mail.
 *
 * <p>Postfix's counterpart: bounce(8). In: {@link org.recadero.bounce.FailedRecipient}s; out: new mail. Start with {@link
 * org.recadero.bounce.Bounces}.
 */
@NullMarked
package org.recadero.bounce;

import org.jspecify.annotations.NullMarked;
