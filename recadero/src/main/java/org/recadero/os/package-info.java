/**
 * The operating system: users, identities, raw file calls, peers' credentials, syslog. The only package that uses foreign
 * functions and ProcessBuilder (SAFETY 1 to 6).
 *
 * <p>Postfix's counterpart: set_eugid(3), safe_open(3), spawn_command(3). Start with {@link org.recadero.os.Identities}.
 */
@NullMarked
package org.recadero.os;

import org.jspecify.annotations.NullMarked;
