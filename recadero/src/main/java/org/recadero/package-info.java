/** Recadero, the mail system of a client machine. Start with {@link org.recadero.Main}. */
@NullMarked
package org.recadero;

import org.jspecify.annotations.NullMarked;
