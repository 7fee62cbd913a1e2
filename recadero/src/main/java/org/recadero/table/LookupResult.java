package org.recadero.table;

/** The three answers of a table; that it failed is never taken for «not found» (mail waits). */
public sealed interface LookupResult {
    /** The right-hand side, possibly empty. */
    record Found(String value) implements LookupResult {}

    /** No such key. */
    record NotFound() implements LookupResult {}

    /** The table could not answer; {@code reason} says which table and why, for the log. */
    record Failed(String reason) implements LookupResult {}
}
