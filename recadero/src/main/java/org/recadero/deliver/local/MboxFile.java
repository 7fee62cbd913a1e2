package org.recadero.deliver.local;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.recadero.os.ErrnoException;
import org.recadero.os.FileSystem;
import org.recadero.os.Identities;

/**
 * Appends letters to an mbox: one lock and one flush for all of them.
 *
 * <p>Three steps, since the thread with the user's identity may not wait for anything of the queue (SAFETY 3): it opens and
 * locks; an ordinary thread looks for what a crash left and tells the progress sink each letter's place (SAFETY 18); then again
 * one with the user's identity appends, flushes, closes and unlocks. Descriptors belong to the process, so that the lock spans
 * all three. Large letters are copied in the second step by an ordinary platform thread.
 */
final class MboxFile {
    /** What a successful delivery is called in the log. Postfix: local(8). */
    static final String DELIVERED = "delivered to mailbox";

    private final FileSystem files;
    private final Identities identities;
    private final InstantSource clock;
    private final Pause pause;
    private final OpenInodes inodes = new OpenInodes();

    MboxFile(FileSystem files, Identities identities, InstantSource clock, Pause pause) {
        this.files = files;
        this.identities = identities;
        this.clock = clock;
        this.pause = pause;
    }

    /** Gives every letter its verdict. */
    void deliver(Mailbox mailbox, MailboxOptions options, List<Letter> letters) {
        String prefix = "cannot update mailbox " + mailbox.path() + " for user " + mailbox.userName() + ". ";
        try {
            for (int attempt = 1; ; attempt++) {
                OpenMbox.Result result = switch (open(mailbox, options)) {
                    case UserWork.End.Done(OpenMbox.Result opened) -> opened;
                    case UserWork.End.NotStarted(String reason) -> new OpenMbox.Result.Refused(Refusal.wait(reason));
                    case UserWork.End.LeftAlone(String reason) -> new OpenMbox.Result.Refused(Refusal.wait(reason));
                };
                switch (result) {
                    case OpenMbox.Result.Ready(OpenMbox mbox) -> {
                        append(mailbox, options, mbox, letters, prefix);
                        return;
                    }
                    case OpenMbox.Result.Refused(Refusal why) -> {
                        refuse(letters, why.prefixed(prefix));
                        return;
                    }
                    case OpenMbox.Result.Forwarded(Refusal why) -> {
                        refuse(letters, why);
                        return;
                    }
                    case OpenMbox.Result.Busy(Refusal why) -> {
                        if (attempt >= options.lockAttempts()) {
                            refuse(letters, why.prefixed(prefix));
                            return;
                        }
                    }
                }
                pause.pause(options.lockDelay());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            refuse(letters, Refusal.wait(prefix + "the mail system stops"));
        }
    }

    private UserWork.End<OpenMbox.Result> open(Mailbox mailbox, MailboxOptions options) {
        return UserWork.run(
                mailbox, identities, f -> OpenMbox.open(f, mailbox, options, inodes, clock.instant()), (f, late) -> {
                    if (late instanceof OpenMbox.Result.Ready(OpenMbox mbox)) {
                        mbox.close(f);
                    }
                });
    }

    private static void refuse(List<Letter> letters, Refusal why) {
        for (Letter letter : letters) {
            letter.refuse(why);
        }
    }

    // ---- the step between: an ordinary thread

    /** A letter and where its first byte goes; {@code newlines} line feeds come before it. */
    private record Slot(Letter letter, int newlines, long offset) {
        long start() {
            return offset - newlines;
        }

        long end() {
            return offset + letter.length();
        }
    }

    private void append(Mailbox mailbox, MailboxOptions options, OpenMbox mbox, List<Letter> letters, String prefix) {
        List<Slot> slots = new ArrayList<>();
        try {
            List<Letter> missing = withoutDelivered(mbox, letters);
            plan(options, mbox, missing, prefix, slots);
            copyLarge(mbox, slots, prefix);
        } catch (IOException e) {
            refuse(letters, Refusal.wait(prefix + "error writing message: " + reason(e)));
        } finally {
            finish(mailbox, mbox, slots, letters, prefix);
        }
    }

    private List<Letter> withoutDelivered(OpenMbox mbox, List<Letter> letters) throws IOException {
        List<Letter> missing = new ArrayList<>();
        for (Letter letter : letters) {
            if (letter.delivery().recipient().begun() && found(mbox, letter)) {
                letter.sent(DELIVERED);
            } else {
                missing.add(letter);
            }
        }
        return missing;
    }

    private boolean found(OpenMbox mbox, Letter letter) throws IOException {
        return Aside.run(() -> new CrashTrace(files, mbox.descriptor(), mbox.status()).holds(letter));
    }

    private void plan(MailboxOptions options, OpenMbox mbox, List<Letter> letters, String prefix, List<Slot> slots)
            throws ErrnoException {
        // a partial letter may have been cut from the end meanwhile
        long size = letters.isEmpty() ? 0 : files.status(mbox.descriptor()).size();
        int newlines = size == mbox.status().size() ? mbox.missingNewlines() : missingNewlines(mbox, size);
        long end = size;
        for (Letter letter : letters) {
            if (!letter.isOpen()) {
                continue;
            }
            long offset = end + newlines;
            if (options.exceeded(offset + letter.length())) {
                letter.refuse(Refusal.of(Refusal.MAILBOX_FULL, prefix + "error writing message: File too large"));
                continue;
            }
            Place place = new Place(mbox.status().device(), mbox.status().inode(), offset, letter.length());
            try {
                letter.delivery().progress().begun(place.toString());
            } catch (IOException e) {
                letter.refuse(Refusal.wait(prefix + "cannot note the begin of the delivery: " + e.getMessage()));
                continue;
            }
            slots.add(new Slot(letter, newlines, offset));
            end = offset + letter.length();
            newlines = 0;
        }
    }

    private int missingNewlines(OpenMbox mbox, long size) throws ErrnoException {
        byte[] last = new byte[(int) Math.min(2, size)];
        long n = files.read(mbox.descriptor(), MemorySegment.ofArray(last), size - last.length);
        if (n <= 0 || (n == 2 && last[0] == '\n' && last[1] == '\n')) {
            return 0;
        }
        return last[(int) n - 1] == '\n' ? 1 : 2;
    }

    /** Streams large letters; the small ones are written later. A batch with a large letter has nothing else in it. */
    private void copyLarge(OpenMbox mbox, List<Slot> slots, String prefix) throws IOException {
        for (Slot slot : List.copyOf(slots)) {
            if (slot.letter().isSmall()) {
                continue;
            }
            Appender appender = new Appender(files, mbox.descriptor(), slot.start());
            Optional<Refusal> refusal = Aside.run(() -> {
                try {
                    appender.newlines(slot.newlines());
                    slot.letter().writeTo(appender);
                    if (appender.end() != slot.end()) {
                        throw new IOException("the content changed while it was copied");
                    }
                    return Optional.empty();
                } catch (IOException e) {
                    appender.cutBack();
                    return Optional.of(failed(e, prefix));
                }
            });
            if (refusal.isPresent()) {
                slots.remove(slot);
                slot.letter().refuse(refusal.get());
            }
        }
    }

    private static Refusal failed(IOException e, String prefix) {
        String what = prefix + "error writing message";
        return e instanceof ErrnoException errno
                ? Refusal.errno(errno, what)
                : Refusal.wait(what + ": " + e.getMessage());
    }

    private static String reason(IOException e) {
        return e instanceof ErrnoException errno ? SystemErrors.text(errno) : String.valueOf(e.getMessage());
    }

    // ---- the last step: with the user's identity again

    private void finish(Mailbox mailbox, OpenMbox mbox, List<Slot> slots, List<Letter> letters, String prefix) {
        List<Slot> open = slots.stream().filter(s -> s.letter().isOpen()).toList();
        switch (UserWork.run(mailbox, identities, f -> write(f, mbox, open, prefix), (f, late) -> {})) {
            case UserWork.End.Done(List<Optional<Refusal>> verdicts) -> {
                for (int i = 0; i < open.size(); i++) {
                    Letter letter = open.get(i).letter();
                    verdicts.get(i).ifPresentOrElse(letter::refuse, () -> letter.sent(DELIVERED));
                }
            }
            case UserWork.End.NotStarted(String reason) -> {
                // the identity could not be taken again: what was opened must not stay open
                mbox.close(files);
                refuse(letters, Refusal.wait(prefix + reason));
            }
            case UserWork.End.LeftAlone(String reason) -> refuse(letters, Refusal.wait(prefix + reason));
        }
    }

    private static List<Optional<Refusal>> write(FileSystem files, OpenMbox mbox, List<Slot> slots, String prefix) {
        List<Optional<Refusal>> verdicts = new ArrayList<>();
        Optional<Refusal> trouble = Optional.empty();
        for (Slot slot : slots) {
            if (trouble.isEmpty() && slot.letter().isSmall()) {
                Appender appender = new Appender(files, mbox.descriptor(), slot.start());
                try {
                    appender.newlines(slot.newlines());
                    slot.letter().writeTo(appender);
                } catch (IOException e) {
                    appender.cutBack();
                    trouble = Optional.of(failed(e, prefix));
                }
            }
            // behind a letter that failed there would be a hole
            verdicts.add(trouble);
        }
        Optional<ErrnoException> failure =
                verdicts.stream().anyMatch(Optional::isEmpty) ? sync(files, mbox) : Optional.empty();
        Optional<ErrnoException> closing = mbox.close(files);
        if (failure.isPresent() || closing.isPresent()) {
            // whether it is on disk nobody knows: a duplicate, never a loss
            Refusal unknown = Refusal.wait(
                    prefix + "error writing message: " + SystemErrors.text(failure.orElseGet(closing::orElseThrow)));
            verdicts.replaceAll(v -> Optional.of(v.orElse(unknown)));
        }
        return verdicts;
    }

    private static Optional<ErrnoException> sync(FileSystem files, OpenMbox mbox) {
        try {
            files.dataSync(mbox.descriptor());
            if (mbox.created()) {
                files.sync(mbox.folder());
            }
            return Optional.empty();
        } catch (ErrnoException e) {
            return Optional.of(e);
        }
    }

    int openMailboxes() {
        return inodes.size();
    }

    /** What waits between two attempts; a seam for tests. */
    @FunctionalInterface
    interface Pause {
        void pause(Duration time) throws InterruptedException;
    }
}
