/**
 * Vocabulary: what became of a delivery, and the codes that say so (RFC 3463, sysexits). Values only.
 *
 * <p>Postfix's counterpart: dsn(3), bounce(3)'s logs. Start with {@link org.recadero.status.Outcome}.
 */
@NullMarked
package org.recadero.status;

import org.jspecify.annotations.NullMarked;
