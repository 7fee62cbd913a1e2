/**
 * The way in: submit (sendmail's socket and drop folder) and cleanup, the only door into the queue.
 *
 * <p>Postfix's counterpart: pickup(8), postdrop(1), cleanup(8). In: submissions; out: messages in the queue.
 */
@NullMarked
package org.recadero.receive;

import org.jspecify.annotations.NullMarked;
