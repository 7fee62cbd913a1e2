/**
 * The durable queue: a segment log with group commit. What {@link org.recadero.queue.Queue#begin} has committed survives a
 * crash; {@code docs/architecture.md} has the crash-state table.
 *
 * <p>Postfix's counterpart: the incoming, active, deferred, hold and corrupt folders. In: content and envelopes from cleanup;
 * out: claims for dispatch. Start with {@link org.recadero.queue.Queue}.
 */
@NullMarked
package org.recadero.queue;

import org.jspecify.annotations.NullMarked;
