/**
 * Lookup tables: {@code hash: cdb: texthash: inline: static: proxy: unix:} and the index that postmap(1) writes.
 *
 * <p>Postfix's counterpart: dict(3), maps(3), postmap(1). In: a {@code TableSpec}; out: {@link
 * org.recadero.table.LookupResult}. Start with {@link org.recadero.table.LookupTable}.
 */
@NullMarked
package org.recadero.table;

import org.jspecify.annotations.NullMarked;
