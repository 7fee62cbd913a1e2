/**
 * Takes what is due, has it routed, hands it to agents in batches, records what came of it.
 *
 * <p>Postfix's counterpart: qmgr(8). In: claims of the queue; out: outcomes in queue and log, notices through bounce. Start
 * with {@link org.recadero.dispatch.Dispatcher}.
 */
@NullMarked
package org.recadero.dispatch;

import org.jspecify.annotations.NullMarked;
