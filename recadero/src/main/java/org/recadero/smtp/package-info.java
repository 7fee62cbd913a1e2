/**
 * SMTP's vocabulary: replies, commands and their parameters, as values and pure functions. No sockets, files or threads.
 *
 * <p>Postfix's counterpart: smtpd_token(3), xtext(3), dsn_mask(3). In: a line; out: a {@link org.recadero.smtp.Verb} or a {@link
 * org.recadero.smtp.Reply}. Start with {@link org.recadero.smtp.Verb}.
 */
@NullMarked
package org.recadero.smtp;

import org.jspecify.annotations.NullMarked;
