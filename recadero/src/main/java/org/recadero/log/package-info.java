/**
 * The mail log, in the shape that log tools know.
 *
 * <p>Postfix's counterpart: msg_syslog(3), postlogd(8). Start with {@link org.recadero.log.MailLog}.
 */
@NullMarked
package org.recadero.log;

import org.jspecify.annotations.NullMarked;
