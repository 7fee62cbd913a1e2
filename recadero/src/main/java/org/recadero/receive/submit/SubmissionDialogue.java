package org.recadero.receive.submit;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;
import org.recadero.config.TableSpec;
import org.recadero.status.SysExits;

/**
 * The daemon's side of one conversation of protocol 1, over any two streams. It opens no path that the client named and takes
 * no configuration from one (SAFETY 21). One thread for each conversation.
 */
final class SubmissionDialogue {
    private final SubmissionIntake intake;
    private final CommandDesk desk;
    private final StandAlone standAlone;
    private final Supplier<List<TableSpec>> aliasDatabase;

    SubmissionDialogue(
            SubmissionIntake intake, CommandDesk desk, StandAlone standAlone, Supplier<List<TableSpec>> aliasDatabase) {
        this.intake = Objects.requireNonNull(intake);
        this.desk = Objects.requireNonNull(desk);
        this.standAlone = Objects.requireNonNull(standAlone);
        this.aliasDatabase = Objects.requireNonNull(aliasDatabase);
    }

    /** How a conversation ended. */
    enum End {
        /** The client got {@code Q} or {@code C}. */
        ANSWERED,
        /** The client only knocked: there may be something in the drop folder. */
        KNOCK,
        /** The message did not come to its end; nothing was queued and nothing answered. */
        INCOMPLETE
    }

    /**
     * Serves one client.
     *
     * @param uid by the kernel's word
     * @throws IOException where the connection is lost before the answer; nothing was queued unless the answer was under way
     */
    End serve(int uid, InputStream in, OutputStream out) throws IOException {
        FrameReader reader = new FrameReader(in);
        FrameWriter writer = new FrameWriter(out);
        SubmissionHeader header;
        try {
            header = SubmissionHeader.read(reader).orElse(null);
        } catch (ProtocolException e) {
            return fatal(writer, "sendmail", e.text());
        }
        if (header == null) {
            return End.KNOCK;
        }
        if (header.invokedAs().equals("postqueue")) {
            List<String> command = new ArrayList<>();
            command.add("postqueue");
            command.addAll(header.arguments());
            return run(uid, writer, command);
        }
        String name = Printable.of(header.invokedAs());
        SendmailArguments arguments = SendmailArguments.parse(name, header.arguments());
        if (!arguments.diagnostics().isEmpty()) {
            writer.text(FrameType.ERROR_OUTPUT, SubmissionIntake.lines(arguments.diagnostics()));
        }
        return switch (arguments.request()) {
            case SendmailRequest.Submit submit -> submit(uid, name, header, submit, reader, writer);
            case SendmailRequest.ListQueue list -> run(uid, writer, queueCommand(arguments, "-p"));
            case SendmailRequest.Flush flush -> run(uid, writer, queueCommand(arguments, "-f"));
            case SendmailRequest.FlushId flush -> run(uid, writer, queueCommand(arguments, "-i", flush.id()));
            case SendmailRequest.FlushSite flush -> run(uid, writer, queueCommand(arguments, "-s", flush.site()));
            case SendmailRequest.InitAliases init -> initAliases(writer, arguments, init);
            case SendmailRequest.StartDaemon start -> {
                writer.command(command("postfix", arguments, "start"));
                yield End.ANSWERED;
            }
            case SendmailRequest.StandAlone alone -> {
                writer.write(FrameType.NEED_INPUT);
                OutputStream replies = new FrameOutput(writer, FrameType.OUTPUT);
                standAlone.serve(intake.asMessages(uid), new FramedContent(reader), replies);
                writer.exit(SysExits.OK);
                yield End.ANSWERED;
            }
            case SendmailRequest.Nothing nothing -> {
                writer.exit(SysExits.OK);
                yield End.ANSWERED;
            }
            case SendmailRequest.Fatal fatal -> fatal(writer, name, fatal.text());
        };
    }

    private static End fatal(FrameWriter writer, String name, String text) throws IOException {
        writer.text(FrameType.ERROR_OUTPUT, name + ": fatal: " + Printable.of(text) + "\n");
        writer.exit(SysExits.TEMPORARY_FAILURE);
        return End.ANSWERED;
    }

    private static List<String> queueCommand(SendmailArguments arguments, String... words) {
        return command("postqueue", arguments, words);
    }

    private static List<String> command(String name, SendmailArguments arguments, String... words) {
        List<String> command = new ArrayList<>();
        command.add(name);
        for (int i = 0; i < Math.min(arguments.verbosity(), 3); i++) {
            command.add("-v");
        }
        command.addAll(List.of(words));
        return command;
    }

    private End run(int uid, FrameWriter writer, List<String> command) throws IOException {
        OptionalInt status = desk.run(
                command,
                uid,
                new FrameOutput(writer, FrameType.OUTPUT),
                new FrameOutput(writer, FrameType.ERROR_OUTPUT));
        if (status.isPresent()) {
            writer.exit(status.getAsInt());
        } else {
            writer.command(command);
        }
        return End.ANSWERED;
    }

    private End initAliases(FrameWriter writer, SendmailArguments arguments, SendmailRequest.InitAliases init)
            throws IOException {
        List<String> databases = init.aliasDatabase()
                .map(List::of)
                .orElseGet(() ->
                        aliasDatabase.get().stream().map(TableSpec::toString).toList());
        if (databases.isEmpty()) {
            writer.exit(SysExits.OK);
        } else {
            writer.command(command("postalias", arguments, databases.toArray(String[]::new)));
        }
        return End.ANSWERED;
    }

    private End submit(
            int uid,
            String name,
            SubmissionHeader header,
            SendmailRequest.Submit submit,
            FrameReader reader,
            FrameWriter writer)
            throws IOException {
        SubmissionIntake.Verdict verdict = intake.take(
                header.id(),
                uid,
                header.environment(),
                submit,
                warning -> writer.text(FrameType.ERROR_OUTPUT, name + ": warning: " + warning + "\n"),
                () -> {
                    writer.write(FrameType.NEED_INPUT);
                    return new SubmittedText(
                            new FramedContent(reader),
                            submit.dotEndsInput(),
                            () -> writer.write(FrameType.ENOUGH_INPUT));
                });
        return switch (verdict) {
            case SubmissionIntake.Verdict.Taken taken -> {
                Optional<String> announcement = submit.announcement(taken.sender());
                if (announcement.isPresent()) {
                    writer.text(FrameType.OUTPUT, announcement.get());
                }
                writer.exit(SysExits.OK);
                yield End.ANSWERED;
            }
            case SubmissionIntake.Verdict.Refused refused -> fatal(writer, name, refused.text());
            case SubmissionIntake.Verdict.Incomplete incomplete ->
                // a client that broke the rules is told so; one that is gone or silent goes to the drop folder by
                // itself
                incomplete.cause() instanceof ProtocolException broken
                        ? fatal(writer, name, broken.text())
                        : End.INCOMPLETE;
        };
    }

    /** Text for the client as it comes. */
    private static final class FrameOutput extends OutputStream {
        private final FrameWriter writer;
        private final FrameType type;

        FrameOutput(FrameWriter writer, FrameType type) {
            this.writer = writer;
            this.type = type;
        }

        @Override
        public void write(int octet) throws IOException {
            write(new byte[] {(byte) octet}, 0, 1);
        }

        @Override
        public void write(byte[] octets, int offset, int length) throws IOException {
            if (length > 0) {
                writer.write(type, octets, offset, length);
            }
        }
    }
}
