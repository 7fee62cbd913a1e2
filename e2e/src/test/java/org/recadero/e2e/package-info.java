/**
 * Tests of the packaged product, seen from outside: they start what {@code ./build} made in throw-away machines and look at
 * mailboxes, logs, processes and exit statuses, beside Debian's Postfix in the same run. They know none of its classes.
 *
 * <p>Start with {@link org.recadero.e2e.Machine}; {@code ChapterLocalDeliveryTest} is the main job. System
 * properties: {@code recadero.dist} (the product's folder), {@code recadero.long} (the full figures), {@code recadero.seed}
 * (repeats a run of the random tests), {@code recadero.e2e.subject} ({@code reference}: the same tests hold Postfix itself to
 * what they ask; that is how the tests are tested), {@code recadero.e2e.cache} (where package layers are kept).
 */
package org.recadero.e2e;
