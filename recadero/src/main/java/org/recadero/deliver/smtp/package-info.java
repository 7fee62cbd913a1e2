/**
 * The SMTP client: hands mail to a relay or to a domain's mail exchangers.
 *
 * <p>Postfix's counterpart: smtp(8). In: a batch of {@link org.recadero.deliver.Delivery}s for one next hop; out: outcomes. What a
 * failure means is decided by {@link org.recadero.deliver.smtp.Judge} alone; whose credentials go where by {@link
 * org.recadero.route.RelayRules}. Start with {@link org.recadero.deliver.smtp.SmtpDelivery}, then {@link
 * org.recadero.deliver.smtp.Session} (one connection) and {@link org.recadero.deliver.smtp.Transmission} (messages on it).
 */
@NullMarked
package org.recadero.deliver.smtp;

import org.jspecify.annotations.NullMarked;
