package org.recadero.queue;

import java.io.IOException;
import java.io.InputStream;

/** Opens the content of a message: header, empty line, body, LF line ends. The caller closes it. */
@FunctionalInterface
public interface Content {
    InputStream open() throws IOException;
}
