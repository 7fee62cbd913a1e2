/**
 * One class a command: what people and scripts call.
 *
 * <p>Postfix's counterpart: sendmail(1), postfix(1), postqueue(1)… Start with {@link org.recadero.command.Sendmail}.
 */
@NullMarked
package org.recadero.command;

import org.jspecify.annotations.NullMarked;
