package org.recadero.dispatch;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.recadero.deliver.Delivery;
import org.recadero.deliver.Further;
import org.recadero.envelope.ReversePath;
import org.recadero.status.Outcome;

/** A batch that is with an agent, and what the agent takes besides while it is at it. Used by the worker's thread. */
final class Batch implements Further {
    /** So many messages besides its own are a batch's at most: then other destinations have their turn. */
    static final int MOST_FURTHER = 100;

    private record Member(Task task, Delivery delivery, long sinceNanos) {}

    private final Lanes lanes;
    private final Lane lane;
    private final Courier courier;
    private final Outcomes outcomes;
    private final List<Member> members = new ArrayList<>();
    /** Whose outcome is not recorded yet. */
    private final IdentityHashMap<Delivery, Member> open = new IdentityHashMap<>();

    private int further;
    /** The last message of which the lane has heard. */
    private @Nullable ActiveMessage told;

    Batch(Lanes lanes, Lane lane, Courier courier, Outcomes outcomes) {
        this.lanes = Objects.requireNonNull(lanes);
        this.lane = Objects.requireNonNull(lane);
        this.courier = Objects.requireNonNull(courier);
        this.outcomes = Objects.requireNonNull(outcomes);
    }

    List<Delivery> add(List<Task> tasks) {
        List<Delivery> deliveries =
                tasks.stream().map(t -> courier.delivery(lane.agent, t)).toList();
        for (int i = 0; i < tasks.size(); i++) {
            Member member = new Member(tasks.get(i), deliveries.get(i), System.nanoTime());
            members.add(member);
            open.put(member.delivery, member);
        }
        return deliveries;
    }

    int size() {
        return members.size();
    }

    /** Messages that have a recipient whose outcome is not recorded yet. */
    int openMessages() {
        return (int) open.values().stream()
                .map(m -> m.task.active.message().id())
                .distinct()
                .count();
    }

    @Override
    public List<Delivery> next(ReversePath account) {
        while (further < MOST_FURTHER) {
            List<Task> message = lanes.nextMessage(lane, account);
            if (message.isEmpty()) {
                return List.of();
            }
            ActiveMessage entry = message.getFirst().active;
            if (!courier.mayGo(entry)) {
                message.forEach(outcomes::through);
                continue;
            }
            if (entry.isOnlyAQuestion()) {
                lanes.putBack(lane, message);
                return List.of();
            }
            further++;
            return add(message);
        }
        return List.of();
    }

    @Override
    public void settled(Delivery delivery, Outcome outcome) {
        Member member = open.remove(delivery);
        if (member == null) {
            throw new IllegalStateException("an outcome for one that has none to come");
        }
        outcomes.settle(member.task, lane.agent.program(), outcome, member.sinceNanos);
        boolean another = told != member.task.active;
        told = member.task.active;
        lanes.settled(lane, another);
    }

    /** @param ends what became of each member, in their order */
    void end(List<Outcome> ends) {
        for (int i = 0; i < members.size(); i++) {
            Member member = members.get(i);
            if (open.remove(member.delivery) != null) {
                outcomes.settle(member.task, lane.agent.program(), ends.get(i), member.sinceNanos);
            }
        }
    }
}
