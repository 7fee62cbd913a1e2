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
import org.recadero.queue.Note;

/**
 * Appends letters to an mbox: one lock and one flush for all of them.
 *
 * <p>One thread with the user's identity opens, locks, appends, flushes, closes and unlocks. In between, since it may not wait
 * for anything of the queue (SAFETY 3), an ordinary thread looks for what a crash left, tells the progress sink each letter's
 * place (SAFETY 18) and copies large letters; descriptors belong to the process ({@link Questions}).
 */
final class MboxFile {
    /** What a successful delivery is called in the log. Postfix: local(8). */
    static final String DELIVERED = "delivered to mailbox";

    /** What waits between two attempts; a seam for tests. */
    @FunctionalInterface
    interface Pause {
        void pause(Duration time) throws InterruptedException;
    }

    private final FileSystem files;
    private final Identities identities;
    private final InstantSource clock;
    private final Pause pause;
    private final Questions questions;
    private final OpenInodes inodes = new OpenInodes();
    private final LockHolder holder;

    /** @param files for the ordinary threads */
    MboxFile(FileSystem files, Identities identities, InstantSource clock, Pause pause, Questions questions) {
        this.files = files;
        this.identities = identities;
        this.clock = clock;
        this.pause = pause;
        this.questions = questions;
        this.holder = LockHolder.self(files);
    }

    int openMailboxes() {
        return inodes.size();
    }

    /** Gives every letter its verdict. */
    void deliver(Mailbox mailbox, MailboxOptions options, List<Letter> letters) {
        Batch batch = new Batch(mailbox, options, letters);
        try {
            for (int attempt = 1; ; attempt++) {
                Optional<Refusal> busy = batch.attempt();
                if (busy.isEmpty()) {
                    return;
                }
                if (attempt >= options.lockAttempts()) {
                    batch.refuse(batch.failed(busy.get()));
                    return;
                }
                pause.pause(options.lockDelay());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            batch.refuse(batch.failed(Refusal.wait("the mail system stops")));
        }
    }

    /** A letter and where its first byte goes; {@code newlines} line feeds come before it. */
    private record Slot(Letter letter, int newlines, long offset) {
        long start() {
            return offset - newlines;
        }

        long end() {
            return offset + letter.length();
        }
    }

    /** How the thread with the user's identity ended. */
    private sealed interface Session {
        record NotOpened(OpenMbox.Result why) implements Session {}

        /** @param verdicts one for each slot; empty: it is on disk */
        record Written(List<Slot> slots, List<Optional<Refusal>> verdicts) implements Session {}
    }

    /** Letters for one mbox. */
    private final class Batch {
        private final Mailbox mailbox;
        private final MailboxOptions options;
        private final List<Letter> letters;
        private final String prefix;

        private Batch(Mailbox mailbox, MailboxOptions options, List<Letter> letters) {
            this.mailbox = mailbox;
            this.options = options;
            this.letters = List.copyOf(letters);
            this.prefix = "cannot update mailbox " + mailbox.path() + " for user " + mailbox.userName() + ". ";
        }

        private void refuse(Refusal why) {
            for (Letter letter : letters) {
                letter.refuse(why);
            }
        }

        private Refusal failed(Refusal why) {
            return why.prefixed(prefix);
        }

        private Refusal failed(IOException e) {
            String what = "error writing message";
            return failed(
                    e instanceof ErrnoException errno
                            ? Refusal.errno(errno, what)
                            : Refusal.wait(what + ": " + e.getMessage()));
        }

        /** Present: somebody else has the mailbox. */
        private Optional<Refusal> attempt() {
            switch (UserWork.run(mailbox, identities, this::session, (f, late) -> {})) {
                case UserWork.End.Done(Session session) -> {
                    return settle(session);
                }
                case UserWork.End.NotStarted(String reason) -> refuse(failed(Refusal.wait(reason)));
                case UserWork.End.LeftAlone(String reason) -> refuse(failed(Refusal.wait(reason)));
            }
            return Optional.empty();
        }

        private Optional<Refusal> settle(Session session) {
            switch (session) {
                case Session.Written(List<Slot> slots, List<Optional<Refusal>> verdicts) -> {
                    for (int i = 0; i < slots.size(); i++) {
                        Letter letter = slots.get(i).letter();
                        verdicts.get(i).ifPresentOrElse(letter::refuse, () -> letter.sent(DELIVERED));
                    }
                }
                case Session.NotOpened(OpenMbox.Result.Busy(Refusal why)) -> {
                    return Optional.of(why);
                }
                case Session.NotOpened(OpenMbox.Result.Refused(Refusal why)) -> refuse(failed(why));
                case Session.NotOpened(OpenMbox.Result.Forwarded(ForwardFile.Found found)) ->
                    letters.forEach(l -> l.elsewhere(found));
                case Session.NotOpened(OpenMbox.Result.Ready ready) ->
                    throw new IllegalStateException("an open mailbox was not written");
            }
            return Optional.empty();
        }

        // ---- with the user's identity

        private Session session(FileSystem userFiles) {
            OpenMbox.Result result = OpenMbox.open(userFiles, mailbox, options, inodes, holder, clock.instant());
            if (!(result instanceof OpenMbox.Result.Ready(OpenMbox mbox))) {
                return new Session.NotOpened(result);
            }
            List<Slot> slots = questions.ask(() -> plan(mbox), List.of());
            return new Session.Written(slots, write(userFiles, mbox, slots));
        }

        private List<Optional<Refusal>> write(FileSystem userFiles, OpenMbox mbox, List<Slot> slots) {
            List<Optional<Refusal>> verdicts = new ArrayList<>();
            Optional<Refusal> trouble = Optional.empty();
            boolean together = appendTogether(userFiles, mbox, slots);
            for (Slot slot : slots) {
                if (!together && trouble.isEmpty() && slot.letter().isSmall()) {
                    trouble = append(userFiles, mbox, slot);
                }
                // behind a letter that failed there would be a hole
                verdicts.add(trouble);
            }
            Optional<ErrnoException> failure = Optional.empty();
            if (verdicts.stream().anyMatch(Optional::isEmpty)) {
                failure = sync(userFiles, mbox);
            }
            Optional<ErrnoException> closing = mbox.close(userFiles);
            if (failure.isPresent() || closing.isPresent()) {
                // whether it is on disk nobody knows: a duplicate, never a loss
                Refusal unknown = failed(Refusal.wait(
                        "error writing message: " + SystemErrors.text(failure.orElseGet(closing::orElseThrow))));
                verdicts.replaceAll(v -> Optional.of(v.orElse(unknown)));
            }
            return verdicts;
        }

        /** Small letters in one write; false where they have to be written one by one. */
        private boolean appendTogether(FileSystem userFiles, OpenMbox mbox, List<Slot> slots) {
            if (slots.size() < 2 || !slots.stream().allMatch(s -> s.letter().isSmall())) {
                return false;
            }
            Slot first = slots.getFirst();
            byte[] all = new byte[(int) (slots.getLast().end() - first.offset())];
            for (Slot slot : slots) {
                byte[] image = slot.letter().image();
                System.arraycopy(image, 0, all, (int) (slot.offset() - first.offset()), image.length);
            }
            Appender appender = new Appender(userFiles, mbox.descriptor(), first.start());
            try {
                appender.newlines(first.newlines());
                appender.write(all, 0, all.length);
                return true;
            } catch (ErrnoException e) {
                // where the disk is full some may still fit
                appender.cutBack();
                return false;
            }
        }

        private Optional<Refusal> append(FileSystem with, OpenMbox mbox, Slot slot) {
            Appender appender = new Appender(with, mbox.descriptor(), slot.start());
            try {
                appender.newlines(slot.newlines());
                slot.letter().writeTo(appender);
                if (appender.end() != slot.end()) {
                    throw new IOException("the content changed while it was copied");
                }
                return Optional.empty();
            } catch (IOException e) {
                appender.cutBack();
                return Optional.of(failed(e));
            }
        }

        private Optional<ErrnoException> sync(FileSystem userFiles, OpenMbox mbox) {
            try {
                userFiles.dataSync(mbox.descriptor());
                if (mbox.created()) {
                    userFiles.sync(mbox.folder());
                }
                return Optional.empty();
            } catch (ErrnoException e) {
                return Optional.of(e);
            }
        }

        // ---- in between, an ordinary thread

        /** The letters to append, each with its place, which the progress sink knows by now. */
        private List<Slot> plan(OpenMbox mbox) {
            try {
                List<Letter> missing = withoutDelivered(mbox);
                List<Slot> slots = missing.isEmpty() ? List.of() : place(mbox, missing);
                return copyLarge(mbox, slots);
            } catch (IOException | RuntimeException e) {
                refuse(failed(Refusal.wait("error writing message: " + e.getMessage())));
                return List.of();
            }
        }

        private List<Letter> withoutDelivered(OpenMbox mbox) throws IOException {
            List<Letter> missing = new ArrayList<>();
            for (Letter letter : letters) {
                if (letter.delivery().recipient().begun() && found(mbox, letter)) {
                    letter.sent(DELIVERED);
                } else if (letter.isOpen()) {
                    missing.add(letter);
                }
            }
            return missing;
        }

        private boolean found(OpenMbox mbox, Letter letter) throws IOException {
            return Aside.run(() -> new CrashTrace(files, mbox.descriptor(), mbox.status()).holds(letter));
        }

        private List<Slot> place(OpenMbox mbox, List<Letter> missing) throws ErrnoException {
            List<Slot> slots = new ArrayList<>();
            List<Note> notes = new ArrayList<>();
            // a partial letter may have been cut from the end meanwhile
            long end = files.status(mbox.descriptor()).size();
            int newlines = end == mbox.status().size() ? mbox.missingNewlines() : missingNewlines(mbox, end);
            for (Letter letter : missing) {
                long offset = end + newlines;
                if (options.exceeded(offset + letter.length())) {
                    letter.refuse(failed(Refusal.of(Refusal.MAILBOX_FULL, "error writing message: File too large")));
                    continue;
                }
                Place place = new Place(mbox.status().device(), mbox.status().inode(), offset, letter.length());
                try {
                    notes.add(letter.delivery().progress().begun(place.toString()));
                } catch (IOException e) {
                    letter.refuse(notNoted(e));
                    continue;
                }
                slots.add(new Slot(letter, newlines, offset));
                end = offset + letter.length();
                newlines = 0;
            }
            return noted(slots, notes);
        }

        /** Behind a letter whose note failed there would be a hole. */
        private List<Slot> noted(List<Slot> slots, List<Note> notes) {
            for (int i = 0; i < slots.size(); i++) {
                try {
                    notes.get(i).await();
                } catch (IOException e) {
                    slots.subList(i, slots.size()).forEach(slot -> slot.letter().refuse(notNoted(e)));
                    return slots.subList(0, i);
                }
            }
            return slots;
        }

        private Refusal notNoted(IOException e) {
            return failed(Refusal.wait("cannot note the begin of the delivery: " + e.getMessage()));
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
        private List<Slot> copyLarge(OpenMbox mbox, List<Slot> slots) throws IOException {
            List<Slot> copied = new ArrayList<>();
            for (Slot slot : slots) {
                Optional<Refusal> refusal =
                        slot.letter().isSmall() ? Optional.empty() : Aside.run(() -> append(files, mbox, slot));
                if (refusal.isPresent()) {
                    slot.letter().refuse(refusal.get());
                } else {
                    copied.add(slot);
                }
            }
            return List.copyOf(copied);
        }
    }
}
