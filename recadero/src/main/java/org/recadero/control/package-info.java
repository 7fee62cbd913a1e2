/**
 * What commands and daemon say to each other: wire format, client, server verbs, the text of mailq.
 *
 * <p>Postfix's counterpart: showq(8), flush(8), the master's signals. Start with {@link org.recadero.control.ControlVerb}.
 */
@NullMarked
package org.recadero.control;

import org.jspecify.annotations.NullMarked;
