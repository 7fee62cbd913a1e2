/**
 * Delivery agents: report facts as outcomes, never touch the queue but for the progress sink, never write a bounce.
 *
 * <p>Postfix's counterpart: local(8), error(8), discard(8). In: {@link org.recadero.deliver.Delivery}s in batches; out: {@link
 * org.recadero.status.Outcome}s. Start with {@link org.recadero.deliver.Deliverer}.
 */
@NullMarked
package org.recadero.deliver;

import org.jspecify.annotations.NullMarked;
