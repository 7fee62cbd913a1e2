package org.recadero.deliver.smtp;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.recadero.deliver.smtp.Failure.Command;
import org.recadero.envelope.ReversePath;
import org.recadero.status.EnhancedStatusCode;

/**
 * Sends messages on a session that is ready, one after another. Used by one thread.
 *
 * <p>With PIPELINING the next message's MAIL, RCPT and DATA go in the same flight as the end of the last one (RFC 2920 §3.1): one
 * round trip a message. At most one message is in doubt at any time: its end has left and no reply has come. «Sent» is only said
 * where each command has its reply, the codes fit, and nothing more has come (SAFETY 28); a message whose turn has not come stays
 * untouched.
 */
final class Transmission {
    /** Told what became of each; the rest is untouched. */
    interface Reports {
        void sent(Job job, List<Job.Slot> slots, ServerReply reply);

        /** This recipient, or all that are open, for this reason. */
        void failed(Job job, List<Job.Slot> slots, Failure failure);

        /** Whether the server has it is not known. */
        void inDoubt(Job job, List<Job.Slot> slots, Failure failure);

        /** How addresses leave. */
        Outbound outbound();

        /** What stands on top of content that leaves. */
        ClientFlags flags();

        /** What becomes of content on its way. */
        OutgoingChecks checks();

        /** Whom the maps by sender were asked for. */
        ReversePath account();

        /** The first command for this message leaves now. */
        void begun(Job job);

        /** One more message for this session; empty: it was the last. */
        Optional<Job> more();
    }

    /** A message whose end has left. {@code replies}: how many are still to come for it; with LMTP one for each of the slots. */
    private record Doubt(Job job, List<Job.Slot> slots, int replies, boolean bdat) {}

    /**
     * What the server said to a message's end.
     *
     * @param replies one for all recipients, or one for each of the first
     * @param cut why no more of them came
     */
    private record End(List<ServerReply> replies, Optional<Failure> cut) {
        static End of(ServerReply reply) {
            return new End(List.of(reply), Optional.empty());
        }
    }

    /** What the server said to an envelope. */
    private record Envelopes(
            ServerReply mail,
            List<ServerReply> recipients,
            @Nullable ServerReply data) {}

    private static final String END_OF_DATA = "sending end of data -- message may be sent more than once";

    private final Session session;
    private final SmtpSettings.Timeouts timeouts;
    private final HostTraits traits;
    private final Reports reports;
    private final EnvelopeCommands commands;
    private final OutgoingContent content;
    private final boolean pipelining;
    private final boolean chunking;
    /** RFC 2033 §4.2: at a message's end each recipient has a reply. */
    private final boolean each;

    private boolean answered;
    /** Whether this connection has carried a message. */
    private boolean used;

    /** @param used whether the session has carried a message before */
    Transmission(Session session, HostTraits traits, Reports reports, boolean used) {
        this.session = Objects.requireNonNull(session);
        this.timeouts = session.settings().timeouts();
        this.traits = Objects.requireNonNull(traits);
        this.reports = Objects.requireNonNull(reports);
        this.commands = new EnvelopeCommands(session.capabilities());
        this.content = new OutgoingContent(session, reports);
        this.pipelining = session.capabilities().has("PIPELINING");
        this.used = used;
        this.each = session.settings().protocol() == Protocol.LMTP;
        // RFC 3030 §2 leaves open what LMTP servers reply to the last chunk; none is known to gain by it
        this.chunking = !each
                && session.capabilities().has("CHUNKING")
                && !traits.has(session.peer().relay(), HostTraits.Trait.NO_BDAT);
    }

    /** Whether the server has answered anything: else a session that was kept may simply have ended meanwhile. */
    boolean wasAnswered() {
        return answered;
    }

    /** Sends until these, and what more there is, are through or the session breaks. */
    void send(List<Job> jobs) {
        Deque<Job> turn = new ArrayDeque<>(jobs);
        Doubt doubt = null;
        while (!session.isBroken()) {
            Optional<Job> next = turn.isEmpty() ? reports.more() : Optional.of(turn.removeFirst());
            if (next.isEmpty()) {
                break;
            }
            Job job = next.get();
            Optional<Failure> unfit = unfit(job);
            if (unfit.isPresent()) {
                reports.failed(job, job.open(), unfit.get());
                continue;
            }
            boolean question = job.message().envelope().isOnlyAQuestion();
            if (doubt != null && (question || isStepwise())) {
                end(doubt);
                doubt = null;
                if (session.isBroken()) {
                    return;
                }
            }
            reports.begun(job);
            doubt = question || isStepwise() ? inSteps(job) : inFlight(job, doubt);
        }
        if (doubt != null && !session.isBroken()) {
            end(doubt);
        }
    }

    /** One command, one reply: where PIPELINING is not offered, or the server has sent replies that nobody asked for. */
    private boolean isStepwise() {
        return !pipelining || traits.has(session.peer().relay(), HostTraits.Trait.ONE_AT_A_TIME);
    }

    // ---- what this server cannot take

    private Optional<Failure> unfit(Job job) {
        try {
            job.prepare(reports.outbound(), session.relay(), reports.account());
        } catch (Outbound.TableFailed e) {
            return Optional.of(new Failure.Ours(EnhancedStatusCode.SYSTEM_TROUBLE, String.valueOf(e.getMessage())));
        } catch (IOException e) {
            return Optional.of(unreadable(e));
        }
        Capabilities offers = session.capabilities();
        long size = job.message().sizeBytes();
        if (offers.sizeLimit().isPresent() && size > offers.sizeLimit().getAsLong()) {
            return Optional.of(new Failure.Unfit(
                    session.peer(),
                    EnhancedStatusCode.of(5, 3, 4),
                    "message size " + size + " exceeds size limit "
                            + offers.sizeLimit().getAsLong() + " of server "
                            + session.peer().name()));
        }
        if (EnvelopeCommands.isInternational(job) && !offers.has("SMTPUTF8")) {
            return Optional.of(new Failure.Unfit(
                    session.peer(),
                    EnhancedStatusCode.of(5, 6, 7),
                    "SMTPUTF8 is required, but was not offered by host "
                            + session.peer().name()));
        }
        try {
            // also reads it for the first time: what cannot be read must not begin
            job.isEightBit();
            return Optional.empty();
        } catch (IOException e) {
            return Optional.of(unreadable(e));
        }
    }

    private static Failure unreadable(IOException e) {
        return new Failure.Ours(EnhancedStatusCode.SYSTEM_TROUBLE, "cannot read the message: " + e.getMessage());
    }

    // ---- one flight

    /** The envelope leaves together with the end of the message before. */
    private @Nullable Doubt inFlight(Job job, @Nullable Doubt before) {
        List<Job.Slot> slots = job.open();
        End ended = null;
        boolean touched = false;
        try {
            session.nowDoing(before == null ? "sending MAIL FROM" : END_OF_DATA);
            session.put(commands.mail(job), timeouts.mail());
            for (Job.Slot slot : slots) {
                session.put(commands.rcpt(job, slot), timeouts.rcpt());
            }
            if (!chunking) {
                session.put("DATA", timeouts.dataInit());
            }
            session.wire().flush(timeouts.dataTransfer());
            if (before != null) {
                ended = readEnd(before);
                session.nowDoing("sending MAIL FROM");
                if (session.isBroken()) {
                    conclude(before, ended);
                    return null;
                }
            }
            touched = before == null;
            Envelopes replies = read(slots.size());
            boolean fits = fit(replies) && !session.wire().hasInput();
            if (!fits && !session.isBroken()) {
                confused(job, slots, before);
                return null;
            }
            if (before != null) {
                conclude(before, Objects.requireNonNull(ended));
            }
            return proceed(job, slots, replies);
        } catch (IOException e) {
            Failure failure = session.trouble(e);
            if (before != null && ended == null) {
                reports.inDoubt(before.job, before.slots, failure);
            } else if (before != null) {
                // it had its reply; this message's turn had not come
                conclude(before, Objects.requireNonNull(ended));
            } else if (touched) {
                reports.failed(job, slots, failure);
            }
            return null;
        }
    }

    /** SAFETY 28: a reply too many, or one that is none for its command: nobody knows what the others meant. */
    private void confused(Job job, List<Job.Slot> slots, @Nullable Doubt before) {
        traits.learn(session.peer().relay(), HostTraits.Trait.ONE_AT_A_TIME);
        session.markBroken();
        if (before != null) {
            reports.inDoubt(before.job, before.slots, new Failure.Confused(session.peer(), END_OF_DATA));
        } else {
            reports.failed(job, slots, new Failure.Confused(session.peer(), session.doing()));
        }
    }

    private Envelopes read(int recipients) throws IOException {
        session.nowDoing("sending MAIL FROM");
        ServerReply mail = reply(timeouts.mail());
        List<ServerReply> rcpts = new ArrayList<>();
        session.nowDoing("sending RCPT TO");
        for (int i = 0; i < recipients && !session.isBroken(); i++) {
            rcpts.add(reply(timeouts.rcpt()));
        }
        ServerReply data = null;
        if (!chunking && !session.isBroken()) {
            session.nowDoing("sending DATA command");
            data = reply(timeouts.dataInit());
        }
        return new Envelopes(mail, rcpts, data);
    }

    /** Reads one; 421 means that the server goes away, and no other reply will come (RFC 5321 §3.8). */
    private ServerReply reply(java.time.Duration timeout) throws IOException {
        ServerReply reply = session.read(timeout);
        answered = true;
        if (reply.code() == 421) {
            session.markBroken();
        }
        return reply;
    }

    private static boolean fit(Envelopes replies) {
        return replies.mail.statusClass() != 3
                && replies.recipients.stream().allMatch(r -> r.statusClass() != 3)
                && (replies.data == null || !replies.data.isPositive());
    }

    // ---- step by step

    private @Nullable Doubt inSteps(Job job) {
        List<Job.Slot> slots = job.open();
        try {
            session.nowDoing("sending MAIL FROM");
            ServerReply mail = step(commands.mail(job), timeouts.mail());
            List<ServerReply> rcpts = new ArrayList<>();
            boolean some = false;
            boolean surplus = hasSurplus();
            if (mail.isPositive()) {
                for (Job.Slot slot : slots) {
                    if (session.isBroken() || surplus) {
                        break;
                    }
                    session.nowDoing("sending RCPT TO");
                    ServerReply reply = step(commands.rcpt(job, slot), timeouts.rcpt());
                    rcpts.add(reply);
                    some |= reply.isPositive();
                    surplus = hasSurplus();
                }
            }
            ServerReply data = null;
            if (some
                    && !chunking
                    && !session.isBroken()
                    && !surplus
                    && !job.message().envelope().isOnlyAQuestion()) {
                session.nowDoing("sending DATA command");
                data = step("DATA", timeouts.dataInit());
            }
            Envelopes replies = new Envelopes(mail, rcpts, data);
            if (surplus || (!session.isBroken() && !fit(replies)) || hasSurplus()) {
                confused(job, slots, null);
                return null;
            }
            return proceed(job, slots, replies);
        } catch (IOException e) {
            reports.failed(job, slots, session.trouble(e));
            return null;
        }
    }

    private boolean hasSurplus() throws IOException {
        return !session.isBroken() && session.wire().hasInput();
    }

    private ServerReply step(String line, java.time.Duration timeout) throws IOException {
        session.put(line, timeout);
        session.wire().flush(timeout);
        return reply(timeout);
    }

    // ---- after the envelope

    private @Nullable Doubt proceed(Job job, List<Job.Slot> slots, Envelopes replies) throws IOException {
        if (replies.mail.code() == 421 && used) {
            // the server has had enough of this connection (so many messages on one): nothing is said of this message
            return null;
        }
        if (!replies.mail.isPositive()) {
            reports.failed(job, slots, new Failure.Refused(session.peer(), Command.MAIL, replies.mail));
            afterRefusal(replies.data, false);
            return null;
        }
        boolean question = job.message().envelope().isOnlyAQuestion();
        List<Job.Slot> accepted = new ArrayList<>();
        for (int i = 0; i < replies.recipients.size(); i++) {
            ServerReply reply = replies.recipients.get(i);
            if (reply.isPositive() && question) {
                reports.sent(job, List.of(slots.get(i)), reply);
            } else if (reply.isPositive()) {
                accepted.add(slots.get(i));
            } else {
                reports.failed(job, List.of(slots.get(i)), new Failure.Refused(session.peer(), Command.RCPT, reply));
            }
        }
        if (session.isBroken()) {
            // 421 in the middle: the server said why it goes
            ServerReply last = replies.data != null ? replies.data : replies.recipients.getLast();
            List<Job.Slot> left = slots.stream().filter(Job.Slot::isOpen).toList();
            Command command = replies.data != null ? Command.DATA : Command.RCPT;
            reports.failed(job, left, new Failure.Refused(session.peer(), command, last));
            return null;
        }
        if (accepted.isEmpty()) {
            afterRefusal(replies.data, true);
            return null;
        }
        if (!chunking && (replies.data == null || replies.data.statusClass() != 3)) {
            reports.failed(
                    job,
                    accepted,
                    new Failure.Refused(session.peer(), Command.DATA, Objects.requireNonNull(replies.data)));
            afterRefusal(null, true);
            return null;
        }
        return content(job, accepted);
    }

    /** Leaves the server ready for the next message. */
    private void afterRefusal(@Nullable ServerReply data, boolean mailStands) throws IOException {
        if (session.isBroken()) {
            return;
        }
        if (data != null && data.statusClass() == 3) {
            // RFC 2920 §3.1: a server may say 354 without a recipient; an empty message ends that
            step(".", timeouts.dataDone());
        } else if (mailStands) {
            session.nowDoing("sending RSET");
            step("RSET", timeouts.rset());
        }
    }

    // ---- content

    private @Nullable Doubt content(Job job, List<Job.Slot> accepted) throws IOException {
        session.nowDoing("sending message body");
        int replies = 1;
        InputStream in;
        try {
            in = content.open(job, accepted.getFirst());
        } catch (Outbound.TableFailed e) {
            return tableFailed(job, accepted);
        } catch (IOException e) {
            // DATA stands: nothing but the end of the connection takes it back
            session.markBroken();
            reports.failed(job, accepted, unreadable(e));
            return null;
        }
        try (in) {
            if (chunking) {
                replies = content.chunks(job, in);
            } else {
                content.data(job, in);
            }
        } catch (OutgoingChecks.TableFailed | Outbound.TableFailed e) {
            return tableFailed(job, accepted);
        }
        session.nowDoing(END_OF_DATA);
        return new Doubt(job, accepted, replies, chunking);
    }

    /** Without its end the server forgets what it has of the message. */
    private @Nullable Doubt tableFailed(Job job, List<Job.Slot> accepted) {
        session.markBroken();
        reports.failed(
                job,
                accepted,
                new Failure.Unfit(
                        session.peer(),
                        EnhancedStatusCode.SYSTEM_TROUBLE,
                        "local data error while talking to " + session.peer().name()));
        return null;
    }

    // ---- the end of a message

    private End readEnd(Doubt doubt) throws IOException {
        session.nowDoing(END_OF_DATA);
        if (each) {
            return readEnds(doubt);
        }
        ServerReply reply = reply(timeouts.dataDone());
        for (int i = 1; i < doubt.replies && reply.isPositive() && !session.isBroken(); i++) {
            reply = reply(timeouts.dataDone());
        }
        if (doubt.replies > 1 && !reply.isPositive()) {
            // replies to later chunks may still come
            session.markBroken();
        }
        if (doubt.bdat && reply.code() >= 500 && reply.code() <= 504) {
            // SAFETY 28: what followed the command would be run as commands
            traits.learn(session.peer().relay(), HostTraits.Trait.NO_BDAT);
            session.markBroken();
        }
        return End.of(reply);
    }

    private End readEnds(Doubt doubt) throws IOException {
        List<ServerReply> replies = new ArrayList<>();
        try {
            while (replies.size() < doubt.slots.size() && !session.isBroken()) {
                replies.add(reply(timeouts.dataDone()));
            }
        } catch (IOException e) {
            if (replies.isEmpty()) {
                throw e;
            }
            return new End(List.copyOf(replies), Optional.of(session.trouble(e)));
        }
        return new End(List.copyOf(replies), Optional.empty());
    }

    private void end(Doubt doubt) {
        try {
            session.nowDoing(END_OF_DATA);
            session.wire().flush(timeouts.dataTransfer());
            End ended = readEnd(doubt);
            if (hasSurplus()) {
                if (!isStepwise()) {
                    confused(doubt.job, doubt.slots, doubt);
                    return;
                }
                // each reply before came alone, so the first one is the end's. To doubt it would double the message at
                // each attempt, for ever. What follows is a goodbye, or nonsense
                traits.learn(session.peer().relay(), HostTraits.Trait.ONE_AT_A_TIME);
                session.markBroken();
            }
            conclude(doubt, ended);
        } catch (IOException e) {
            reports.inDoubt(doubt.job, doubt.slots, session.trouble(e));
        }
    }

    private void conclude(Doubt doubt, End end) {
        used = true;
        if (!each) {
            conclude(doubt, end.replies.getFirst());
            return;
        }
        int answers = end.replies.size();
        for (int i = 0; i < doubt.slots.size(); i++) {
            Doubt one = new Doubt(doubt.job, List.of(doubt.slots.get(i)), 1, false);
            if (i < answers || end.cut.isEmpty()) {
                // where a 421 ended it, that is the answer to the others too
                conclude(one, end.replies.get(Math.min(i, answers - 1)));
            } else {
                reports.inDoubt(one.job, one.slots, end.cut.get());
            }
        }
    }

    private void conclude(Doubt doubt, ServerReply reply) {
        if (doubt.bdat && reply.code() >= 500 && reply.code() <= 504) {
            // not taken for sure: the message is untouched and goes by DATA next
            return;
        }
        if (reply.isPositive()) {
            reports.sent(doubt.job, doubt.slots, reply);
        } else if (reply.statusClass() == 3) {
            session.markBroken();
            reports.inDoubt(doubt.job, doubt.slots, new Failure.Confused(session.peer(), END_OF_DATA));
        } else {
            reports.failed(
                    doubt.job,
                    doubt.slots,
                    new Failure.Refused(session.peer(), doubt.bdat ? Command.BDAT : Command.END_OF_DATA, reply));
        }
    }
}
