package org.recadero.receive.submit;

import java.io.IOException;

/** The peer (or a drop file) does not follow protocol 1. The message quotes nothing that came from it. */
public final class ProtocolException extends IOException {
    private static final long serialVersionUID = 1L;

    private final String text;

    public ProtocolException(String text) {
        super(text);
        this.text = text;
    }

    /** The message. */
    public String text() {
        return text;
    }
}
