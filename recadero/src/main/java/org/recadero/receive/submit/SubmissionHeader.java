package org.recadero.receive.submit;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.recadero.envelope.SubmissionId;

/**
 * What a client says before its input: the frames {@code H A* E}. The same octets open a drop file.
 *
 * @param invokedAs argv[0] without its folder: {@code sendmail}, {@code mailq}, {@code newaliases}
 * @param arguments the others
 * @param environment of {@link #VARIABLES} those that were set
 */
record SubmissionHeader(SubmissionId id, String invokedAs, List<String> arguments, Map<String, String> environment) {
    static final int VERSION = 1;
    /** Bound for all arguments together: Linux gives a program at most about 2 MiB with the usual stack limit, 6 MiB ever. */
    static final int MAX_ARGUMENT_BYTES = 6 << 20;
    /** Bound for the number of arguments: an empty one still costs an object. */
    static final int MAX_ARGUMENTS = 200_000;
    /** Bound for frames before the input; an empty frame is taken too. */
    private static final int MAX_FRAMES = 20_000;

    /** The variables that a client sends. */
    static final List<String> VARIABLES = List.of("NAME", "LOGNAME", "USER", "MAIL_CONFIG", "LANG");

    SubmissionHeader {
        Objects.requireNonNull(id);
        Objects.requireNonNull(invokedAs);
        arguments = List.copyOf(arguments);
        environment = Map.copyOf(environment);
    }

    void writeTo(FrameWriter out) throws IOException {
        byte[] hello = ByteBuffer.allocate(17)
                .put((byte) VERSION)
                .putLong(id.high())
                .putLong(id.low())
                .array();
        out.write(FrameType.HELLO, hello, 0, hello.length);
        List<String> argv = new ArrayList<>();
        argv.add(invokedAs);
        argv.addAll(arguments);
        byte[] octets = NulText.join(argv);
        out.write(FrameType.ARGUMENTS, octets, 0, octets.length);
        List<String> variables = new ArrayList<>();
        for (String name : VARIABLES) {
            String value = environment.get(name);
            if (value != null) {
                variables.add(name + "=" + value);
            }
        }
        byte[] joined = NulText.join(variables);
        // a variable too long for one frame goes without: none of them decides where mail goes
        int length = joined.length <= FrameType.MAX_BODY_BYTES ? joined.length : 0;
        out.write(FrameType.ENVIRONMENT, joined, 0, length);
    }

    /**
     * Reads the frames {@code H A* E}.
     *
     * @return empty where the stream ends before its first octet: somebody only knocked
     * @throws ProtocolException where it is not protocol 1
     */
    static Optional<SubmissionHeader> read(FrameReader in) throws IOException {
        Optional<FrameType> first = in.next();
        if (first.isEmpty()) {
            return Optional.empty();
        }
        if (first.get() != FrameType.HELLO || in.length() < 1) {
            throw new ProtocolException("no hello");
        }
        if (in.body()[0] != VERSION) {
            throw new ProtocolException("protocol version is not " + VERSION);
        }
        if (in.length() != 17) {
            throw new ProtocolException("bad hello");
        }
        SubmissionId id =
                new SubmissionId(in.bodyBuffer().getLong(1), in.bodyBuffer().getLong(9));
        ByteArrayOutputStream argv = new ByteArrayOutputStream();
        int count = 0;
        for (int frames = 0; frames < MAX_FRAMES; frames++) {
            FrameType type = in.next().orElseThrow(() -> new EOFException("cut off before the input"));
            if (type == FrameType.ENVIRONMENT) {
                List<String> words = NulText.split(argv.toByteArray(), argv.size());
                if (words.isEmpty()) {
                    throw new ProtocolException("no arguments");
                }
                return Optional.of(
                        new SubmissionHeader(id, words.getFirst(), words.subList(1, words.size()), environment(in)));
            }
            if (type != FrameType.ARGUMENTS) {
                throw new ProtocolException("unexpected frame before the input");
            }
            for (int i = 0; i < in.length(); i++) {
                count += in.body()[i] == 0 ? 1 : 0;
            }
            if (argv.size() + in.length() > MAX_ARGUMENT_BYTES || count > MAX_ARGUMENTS) {
                throw new ProtocolException("too many arguments");
            }
            argv.write(in.body(), 0, in.length());
        }
        throw new ProtocolException("too many frames before the input");
    }

    private static Map<String, String> environment(FrameReader in) throws ProtocolException {
        Map<String, String> variables = new LinkedHashMap<>();
        for (String entry : NulText.split(in.body(), in.length())) {
            int equals = entry.indexOf('=');
            if (equals > 0 && VARIABLES.contains(entry.substring(0, equals))) {
                variables.putIfAbsent(entry.substring(0, equals), entry.substring(equals + 1));
            }
        }
        return variables;
    }
}
