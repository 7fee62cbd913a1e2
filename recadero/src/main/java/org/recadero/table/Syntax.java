package org.recadero.table;

/** The syntax of a table's source. */
public enum Syntax {
    /** {@code key value}. Postfix: postmap(1). */
    MAP,
    /** {@code name: value}. Postfix: aliases(5). */
    ALIASES
}
