/**
 * Lookup tables: {@code hash: btree: lmdb: cdb:} (one indexed kind, cdb inside), {@code texthash: inline: static: unix: proxy:
 * unionmap: fail: environ:}, rules ({@code cidr: regexp: pcre:}), and the index that postmap(1) and postalias(1) write.
 *
 * <p>Postfix's counterpart: dict(3), maps(3), postmap(1), aliases(5). In: a {@code TableSpec}; out: {@link
 * org.recadero.table.LookupResult}. Start with {@link org.recadero.table.Tables}; {@code FileTable} decides between text and
 * index; {@code RuleTables} opens what goes by rules; {@link org.recadero.table.AliasTargets} reads what an alias stands for.
 * {@link org.recadero.table.LatestMap} serves all who remember a bounded number of things.
 */
@NullMarked
package org.recadero.table;

import org.jspecify.annotations.NullMarked;
