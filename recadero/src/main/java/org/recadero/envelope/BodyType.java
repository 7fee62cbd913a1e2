package org.recadero.envelope;

/** What the content claims to be (RFC 6152, RFC 6531); sendmail's {@code -B}. */
public enum BodyType {
    UNSTATED,
    SEVEN_BIT,
    EIGHT_BIT_MIME
}
