package org.recadero.net.dns;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * {@link Resolver} by the C library (getaddrinfo(3), getnameinfo(3)): /etc/hosts, /etc/resolv.conf and whatever nsswitch.conf
 * names. It knows no mail exchangers: who asks for them hears that nobody knows.
 *
 * <p>The library holds its thread while it waits, so few platform threads do it; where all are busy nobody knows either.
 */
public final class SystemResolver implements Resolver {
    private static final int THREADS = 16;
    private static final int WAITING = 256;
    private static final Duration PATIENCE = Duration.ofSeconds(15);

    private final ThreadPoolExecutor threads = new ThreadPoolExecutor(
            THREADS,
            THREADS,
            10,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(WAITING),
            Thread.ofPlatform().daemon().name("names-", 0).factory());

    public SystemResolver() {
        threads.allowCoreThreadTimeOut(true);
    }

    private interface Question<T> {
        Answer<T> ask();
    }

    private <T> Answer<T> answer(Question<T> question) {
        try {
            Future<Answer<T>> answer = threads.submit(question::ask);
            return answer.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (RejectedExecutionException | TimeoutException | ExecutionException e) {
            return new Answer.Failed<>("Host not found, try again");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Answer.Failed<>("interrupted");
        }
    }

    @Override
    public Answer<InetAddress> addresses(String host) {
        return answer(() -> {
            try {
                return new Answer.Found<>(List.of(InetAddress.getAllByName(host)), false);
            } catch (UnknownHostException e) {
                // the library tells «no such name» and «nobody answered» apart only in its words
                boolean later = String.valueOf(e.getMessage()).contains("emporary failure");
                return later ? new Answer.Failed<>("Host not found, try again") : new Answer.NoSuchName<>();
            }
        });
    }

    @Override
    public Answer<MailExchanger> exchangers(String domain) {
        return new Answer.Failed<>("mail exchangers cannot be looked up");
    }

    @Override
    public Answer<String> names(InetAddress address) {
        return answer(() -> name(address)
                .<Answer<String>>map(name -> new Answer.Found<>(List.of(name), false))
                .orElse(new Answer.NoSuchName<>()));
    }

    /** A name whose addresses have this one among them (the JDK checks that); no other name can be had. */
    private static Optional<String> name(InetAddress address) {
        try {
            InetAddress bare = InetAddress.getByAddress(address.getAddress());
            String name = bare.getCanonicalHostName();
            return name.equals(bare.getHostAddress()) ? Optional.empty() : Optional.of(name);
        } catch (UnknownHostException e) {
            throw new IllegalStateException("an address keeps its length", e);
        }
    }
}
