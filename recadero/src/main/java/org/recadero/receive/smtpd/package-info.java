/**
 * The SMTP server: mail of the network, of fetchmail and of mail programs.
 *
 * <p>Postfix's counterpart: smtpd(8), anvil(8). In: connections; out: {@link org.recadero.receive.cleanup.NewMessage}s. What is
 * answered to what is a pure function, {@link org.recadero.receive.smtpd.SmtpMachine}; {@link
 * org.recadero.receive.smtpd.SmtpSession} is the loop round it; {@link org.recadero.receive.smtpd.Access} decides who may what.
 * Start with {@link org.recadero.receive.smtpd.SmtpServer}.
 */
@NullMarked
package org.recadero.receive.smtpd;

import org.jspecify.annotations.NullMarked;
