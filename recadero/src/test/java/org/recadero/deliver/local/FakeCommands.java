package org.recadero.deliver.local;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.recadero.os.Commands;

/** Remembers what should have run, and with which input. */
public final class FakeCommands implements Commands {
    public final List<Command> run = new ArrayList<>();
    public final List<String> inputs = new ArrayList<>();
    /** By the last argument; else it succeeds. */
    public final Map<String, End> ends = new HashMap<>();

    @Override
    public synchronized End run(Command command, Input input) {
        run.add(command);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            input.writeTo(bytes);
        } catch (IOException e) {
            return new End.Failed("error reading message: " + e.getMessage());
        }
        inputs.add(bytes.toString(StandardCharsets.ISO_8859_1));
        return ends.getOrDefault(command.arguments().getLast(), new End.Exited(0, ""));
    }

    /** {@code 1001 /bin/sh -c x y}: as whom, and what. */
    public List<String> lines() {
        return run.stream()
                .map(c -> c.identity().uid() + " " + String.join(" ", c.arguments()))
                .toList();
    }
}
