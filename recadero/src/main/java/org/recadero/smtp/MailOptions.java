package org.recadero.smtp;

import java.util.Objects;
import java.util.Optional;
import org.recadero.envelope.BodyType;
import org.recadero.envelope.Envelope;

/**
 * MAIL's parameters.
 *
 * @param sizeBytes RFC 1870; 0: unstated, {@link Long#MAX_VALUE}: more than can be counted
 * @param body RFC 6152
 * @param auth RFC 4954 §5, decoded; {@code <>} for nobody
 * @param returnFull RFC 3461 §4.3
 * @param envelopeId RFC 3461 §4.4, decoded
 * @param utf8 RFC 6531 §3.4
 */
public record MailOptions(
        long sizeBytes,
        BodyType body,
        Optional<String> auth,
        Optional<Envelope.Return> returnFull,
        Optional<String> envelopeId,
        boolean utf8) {
    /** No parameters. */
    public static final MailOptions NONE =
            new MailOptions(0, BodyType.UNSTATED, Optional.empty(), Optional.empty(), Optional.empty(), false);

    public MailOptions {
        if (sizeBytes < 0) {
            throw new IllegalArgumentException("negative size");
        }
        Objects.requireNonNull(body);
        Objects.requireNonNull(auth);
        Objects.requireNonNull(returnFull);
        Objects.requireNonNull(envelopeId);
    }
}
