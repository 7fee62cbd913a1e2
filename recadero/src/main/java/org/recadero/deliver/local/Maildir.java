package org.recadero.deliver.local;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.recadero.deliver.Delivery;
import org.recadero.os.FileSystem;
import org.recadero.os.Identities;
import org.recadero.queue.Note;

/**
 * Delivers letters to a Maildir (SAFETY 16, 17): all are written and flushed in tmp/, then all renamed, then new/ is forced
 * once. What happens in which thread is told at {@link MaildirBatch}. Postfix: local(8), maildir delivery.
 */
final class Maildir {
    /** What a successful delivery is called in the log. Postfix: local(8). */
    static final String DELIVERED = "delivered to maildir";

    static final String FAILED = "maildir delivery failed: ";

    private final FileSystem files;
    private final Identities identities;

    Maildir(FileSystem files, Identities identities) {
        this.files = files;
        this.identities = identities;
    }

    /**
     * The name of a letter's file without a suffix: {@code seconds.R<random of intake>r<recipient>[m<member>].host}, the same
     * at each attempt (SAFETY 16).
     *
     * @param suffix told apart from a file that has the name already; empty: none
     */
    static String name(Delivery delivery, String member, String suffix, String host) {
        return delivery.message().arrival().getEpochSecond() + ".R"
                + delivery.message().random() + "r"
                + delivery.recipient().ordinal() + member + suffix + "."
                + host.replace("/", "\\057").replace(":", "\\072");
    }

    /** Gives every letter its verdict. */
    void deliver(Mailbox mailbox, MailboxOptions options, List<Letter> letters) {
        Map<Letter, Note> notes = new LinkedHashMap<>();
        for (Letter letter : letters) {
            if (!letter.isOpen()) {
                continue;
            }
            if (options.exceeded(letter.length())) {
                letter.refuse(Refusal.of(Refusal.MAILBOX_FULL, FAILED + "error writing message: File too large"));
                continue;
            }
            try {
                notes.put(letter, letter.delivery().progress().begun(""));
            } catch (IOException e) {
                letter.refuse(notNoted(e));
            }
        }
        List<Letter> begun = new ArrayList<>();
        notes.forEach((letter, note) -> {
            try {
                note.await();
                begun.add(letter);
            } catch (IOException e) {
                letter.refuse(notNoted(e));
            }
        });
        if (begun.isEmpty()) {
            return;
        }
        MaildirBatch batch = new MaildirBatch(mailbox, options, begun);
        Optional<String> left =
                begun.stream().allMatch(Letter::isSmall) ? atOnce(mailbox, batch) : inSteps(mailbox, batch);
        if (left.isPresent()) {
            // the batch is the hanging thread's; what it has not renamed yet it will not rename
            Refusal why = Refusal.wait(FAILED + left.get());
            begun.forEach(l -> l.refuse(why));
        } else {
            batch.settle();
        }
    }

    private static Refusal notNoted(IOException e) {
        return Refusal.wait(FAILED + "cannot note the begin of the delivery: " + e.getMessage());
    }

    /** All that is written lies in memory: one thread with the user's identity does it all. Present: it was left alone. */
    private Optional<String> atOnce(Mailbox mailbox, MaildirBatch batch) {
        return ended(
                batch,
                UserWork.run(
                        mailbox,
                        identities,
                        f -> {
                            if (batch.open(f)) {
                                batch.write(f);
                            }
                            batch.publish(f);
                            return true;
                        },
                        (f, late) -> {}));
    }

    private Optional<String> inSteps(Mailbox mailbox, MaildirBatch batch) {
        UserWork.End<Boolean> opened = UserWork.run(mailbox, identities, batch::open, (f, late) -> batch.takeBack(f));
        Optional<String> left = ended(batch, opened);
        if (left.isPresent()) {
            return left;
        }
        if (opened instanceof UserWork.End.Done(Boolean open) && open) {
            try {
                Aside.run(() -> {
                    batch.write(files);
                    return true;
                });
            } catch (IOException e) {
                batch.refuseAll(Refusal.wait(FAILED + e.getMessage()));
            }
        }
        return ended(
                batch,
                UserWork.run(
                        mailbox,
                        identities,
                        f -> {
                            batch.publish(f);
                            return true;
                        },
                        (f, late) -> {}));
    }

    private Optional<String> ended(MaildirBatch batch, UserWork.End<Boolean> end) {
        return switch (end) {
            case UserWork.End.Done(Boolean done) -> Optional.empty();
            case UserWork.End.NotStarted(String reason) -> {
                batch.giveUp(files, Refusal.wait(FAILED + reason));
                yield Optional.empty();
            }
            case UserWork.End.LeftAlone(String reason) -> Optional.of(reason);
        };
    }
}
