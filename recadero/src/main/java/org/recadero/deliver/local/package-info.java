/**
 * Local delivery: aliases, then the user's mbox or Maildir, written with his own rights and nowhere else.
 *
 * <p>Postfix's counterpart: local(8). In: {@link org.recadero.deliver.Delivery}s in batches for one local part; out: outcomes.
 * What it cannot honour yet (commands, files, includes, {@code .forward}, other transports) makes mail wait with the reason.
 * Start with {@link org.recadero.deliver.local.LocalDelivery}; then {@code MboxFile} and {@code Maildir}.
 */
@NullMarked
package org.recadero.deliver.local;

import org.jspecify.annotations.NullMarked;
