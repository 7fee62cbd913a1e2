/**
 * Decides where a message goes: address class, transport, next hop, each with the rule that made it.
 *
 * <p>Postfix's counterpart: trivial-rewrite(8). In: a completed address; out: a {@link org.recadero.route.Resolution}. Start
 * with {@link org.recadero.route.Router}.
 */
@NullMarked
package org.recadero.route;

import org.jspecify.annotations.NullMarked;
