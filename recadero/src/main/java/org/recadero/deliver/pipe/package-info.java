/**
 * Hands mail to a program that master.cf names. In: a batch of recipients for one next hop; out: one outcome for each.
 *
 * <p>Postfix's counterpart: pipe(8). Start with {@link org.recadero.deliver.pipe.PipeDelivery}.
 */
@NullMarked
package org.recadero.deliver.pipe;

import org.jspecify.annotations.NullMarked;
