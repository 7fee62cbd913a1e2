/**
 * Agents whose answer is fixed: error and retry (the next hop is the text), discard.
 *
 * <p>Postfix's counterpart: error(8), discard(8). Start with {@link org.recadero.deliver.fixed.FixedDelivery}.
 */
@NullMarked
package org.recadero.deliver.fixed;

import org.jspecify.annotations.NullMarked;
