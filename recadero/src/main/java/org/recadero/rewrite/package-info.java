/**
 * Completes names that lack a domain or a part of one, and takes apart routes and old notations.
 *
 * <p>Postfix's counterpart: trivial-rewrite(8)'s rewriting. In: an address as a client or a header field gave it; out: {@link
 * org.recadero.rewrite.Completion}. Canonical, masquerade and virtual alias mapping come after it, on a complete {@link
 * org.recadero.envelope.Address}. Start with {@link org.recadero.rewrite.Rewriter}.
 */
@NullMarked
package org.recadero.rewrite;

import org.jspecify.annotations.NullMarked;
