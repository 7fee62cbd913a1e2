/**
 * Completes and mends a message and puts it into the queue.
 *
 * <p>Postfix's counterpart: cleanup(8). In: {@link org.recadero.receive.cleanup.NewMessage} and content; out: {@link
 * org.recadero.receive.cleanup.Receipt}. Start with {@link org.recadero.receive.cleanup.Cleanup}.
 */
@NullMarked
package org.recadero.receive.cleanup;

import org.jspecify.annotations.NullMarked;
