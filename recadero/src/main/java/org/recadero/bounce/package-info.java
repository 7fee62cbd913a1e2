/**
 * Reports: to the sender that mail could not be delivered or waits, to the postmaster as {@code notify_classes} says. New mail
 * goes back through cleanup.
 *
 * <p>Postfix's counterpart: bounce(8), bounce(5). In: a message and what the last attempts said; out: reports in the queue and
 * their log lines. Start with {@link org.recadero.bounce.Bounces}. RFC 3464, RFC 3461.
 */
@NullMarked
package org.recadero.bounce;

import org.jspecify.annotations.NullMarked;
