/**
 * Takes mail from users of this machine: the socket that {@code sendmail} talks to, the drop folder for when the daemon is
 * down, and the rules of sendmail's command line.
 *
 * <p>Postfix's counterpart: sendmail(1), postdrop(1), pickup(8). In: submission protocol 1 (frames, see {@link
 * org.recadero.receive.submit.FrameType}) from the C client and the Java client; out: a {@link
 * org.recadero.receive.cleanup.NewMessage} and its content for cleanup, replies for the client. Start with {@link
 * org.recadero.receive.submit.SubmissionServer}.
 */
@NullMarked
package org.recadero.receive.submit;

import org.jspecify.annotations.NullMarked;
