package org.recadero.control;

/** What postcat shows of a message. Postfix: postcat(1), {@code -e -h -b}. */
public enum MessagePart {
    ENVELOPE,
    HEADER,
    BODY
}
