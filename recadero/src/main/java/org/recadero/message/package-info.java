/**
 * Vocabulary: messages as bytes. Where the header ends, what its fields are, which addresses they hold, how dates and
 * addresses are written. Pure functions and small state machines, no files, sockets, threads.
 *
 * <p>Postfix's counterpart: mime_state(3), header_opts(3), tok822(3), quote_822_local(3), mail_date(3). In: bytes of a message
 * or an argument; out: fields, {@link org.recadero.message.ParsedAddress addresses}, texts. Start with {@link
 * org.recadero.message.MessageScanner} and {@link org.recadero.message.AddressList}.
 */
@NullMarked
package org.recadero.message;

import org.jspecify.annotations.NullMarked;
