/**
 * Looks up names: addresses, mail exchangers, names of addresses.
 *
 * <p>Postfix's counterpart: dns(3), smtp_addr(3). In: a name; out: an {@link org.recadero.net.dns.Answer}, in which «there is no
 * such name» and «nobody answered» are different things. Start with {@link org.recadero.net.dns.Resolver}.
 */
@NullMarked
package org.recadero.net.dns;

import org.jspecify.annotations.NullMarked;
