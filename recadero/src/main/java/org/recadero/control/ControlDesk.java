package org.recadero.control;

import java.io.IOException;
import java.io.OutputStream;
import java.util.List;

/** Does what a {@link ControlVerb} says; who may ask was settled by the socket's folder and the kernel's word. */
@FunctionalInterface
public interface ControlDesk {
    /**
     * @param out the command's standard output
     * @param err its standard error
     * @return the command's exit status
     * @throws IOException where the answer cannot be written, or the queue fails
     */
    int serve(ControlVerb verb, List<String> arguments, OutputStream out, OutputStream err) throws IOException;
}
