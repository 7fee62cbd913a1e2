/**
 * Says what would become of a message, and which rule made each decision: {@code recadero explain}.
 *
 * <p>Postfix has no counterpart; sendmail(1)'s {@code -bv} tells a part. In: a configuration, a sender, a recipient; out: an {@link
 * org.recadero.explain.Explanation}. It asks the classes that the daemon routes with and decides nothing itself. Start with {@link
 * org.recadero.explain.Explainer}.
 */
@NullMarked
package org.recadero.explain;

import org.jspecify.annotations.NullMarked;
