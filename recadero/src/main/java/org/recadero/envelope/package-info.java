/**
 * Vocabulary: addresses, envelopes, ids. Values only, no sockets, files or threads.
 *
 * <p>Postfix's counterpart: the envelope records of a queue file. Start with {@link org.recadero.envelope.Envelope}.
 */
@NullMarked
package org.recadero.envelope;

import org.jspecify.annotations.NullMarked;
