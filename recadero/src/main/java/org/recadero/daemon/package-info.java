/**
 * The one process: reads the configuration, wires the stages, starts and stops them.
 *
 * <p>Postfix's counterpart: master(8). Start with {@link org.recadero.daemon.Daemon}.
 */
@NullMarked
package org.recadero.daemon;

import org.jspecify.annotations.NullMarked;
