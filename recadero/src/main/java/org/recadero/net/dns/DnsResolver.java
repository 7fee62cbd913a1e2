package org.recadero.net.dns;

import java.io.IOException;
import java.net.IDN;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.ExtendedResolver;
import org.xbill.DNS.Flags;
import org.xbill.DNS.MXRecord;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.PTRRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.ReverseMap;
import org.xbill.DNS.Section;
import org.xbill.DNS.SimpleResolver;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/**
 * {@link Resolver} over {@code /etc/hosts} and the servers of {@code /etc/resolv.conf}; both are read again when they change.
 *
 * <p>Nothing is cached here: that is the servers' work. A look-up takes at most the file's time-out times its attempts for each
 * server (15 s and 3 servers at the most count). Names are asked as they are, no search list is applied (Postfix: {@code
 * smtp_dns_resolver_options}, default empty).
 */
public final class DnsResolver implements Resolver {
    private static final int MOST_CNAMES = 10;
    private static final int MOST_RECORDS = 100;
    private static final String TRY_AGAIN = "Host not found, try again";

    private record Servers(@Nullable FileTime time, ResolvConf conf, org.xbill.DNS.Resolver resolver) {}

    private final HostsFile hosts;
    private final Path resolvConf;
    private volatile @Nullable Servers servers;

    /** With given files, for tests. */
    public DnsResolver(Path hosts, Path resolvConf) {
        this.hosts = new HostsFile(hosts);
        this.resolvConf = Objects.requireNonNull(resolvConf);
    }

    /** With this machine's files. */
    public static DnsResolver system() {
        return new DnsResolver(Path.of("/etc/hosts"), Path.of("/etc/resolv.conf"));
    }

    @Override
    public Answer<InetAddress> addresses(String host) {
        List<InetAddress> listed = hosts.addresses(host);
        if (!listed.isEmpty()) {
            return new Answer.Found<>(listed.stream().map(a -> named(host, a)).toList(), false);
        }
        CompletableFuture<Answer<InetAddress>> six = ask(host, Type.AAAA).thenApply(a -> addresses(a, host));
        Answer<InetAddress> four = await(ask(host, Type.A).thenApply(a -> addresses(a, host)));
        return joined(four, await(six));
    }

    /** A name that one family does not have is no failure where the other has it. */
    private static Answer<InetAddress> joined(Answer<InetAddress> four, Answer<InetAddress> six) {
        if (four instanceof Answer.Found<InetAddress>(List<InetAddress> v4, boolean secure4)) {
            if (six instanceof Answer.Found<InetAddress>(List<InetAddress> v6, boolean secure6)) {
                List<InetAddress> all = new ArrayList<>(v6);
                all.addAll(v4);
                return new Answer.Found<>(all, secure4 && secure6);
            }
            return four;
        }
        if (six instanceof Answer.Found || four instanceof Answer.NoData) {
            return six;
        }
        return four;
    }

    @Override
    public Answer<MailExchanger> exchangers(String domain) {
        return await(ask(domain, Type.MX).thenApply(reply -> switch (reply) {
            case Answer.Found<Record>(List<Record> records, boolean authentic) -> {
                List<MailExchanger> found = new ArrayList<>();
                for (Record record : records) {
                    MXRecord mx = (MXRecord) record;
                    found.add(new MailExchanger(mx.getPriority(), text(mx.getTarget())));
                }
                found.sort(Comparator.comparingInt(MailExchanger::preference));
                yield new Answer.Found<>(found, authentic);
            }
            case Answer.NoSuchName<Record> none -> new Answer.NoSuchName<>();
            case Answer.NoData<Record> none -> new Answer.NoData<>();
            case Answer.Failed<Record>(String reason) -> new Answer.Failed<>(reason);
        }));
    }

    @Override
    public Resolver dnsOnly() {
        return new DnsResolver(Path.of("/dev/null"), resolvConf);
    }

    @Override
    public Answer<String> names(InetAddress address) {
        List<String> listed = hosts.names(address);
        if (!listed.isEmpty()) {
            return new Answer.Found<>(listed, false);
        }
        return await(query(ReverseMap.fromAddress(address), Type.PTR).thenApply(reply -> switch (reply) {
            case Answer.Found<Record>(List<Record> records, boolean authentic) ->
                new Answer.Found<>(
                        records.stream()
                                .map(r -> text(((PTRRecord) r).getTarget()))
                                .toList(),
                        authentic);
            case Answer.NoSuchName<Record> none -> new Answer.NoSuchName<>();
            case Answer.NoData<Record> none -> new Answer.NoData<>();
            case Answer.Failed<Record>(String reason) -> new Answer.Failed<>(reason);
        }));
    }

    private static String text(Name name) {
        return name.toString(true).equals("@") ? "" : name.toString(true);
    }

    private static Answer<InetAddress> addresses(Answer<Record> reply, String host) {
        return switch (reply) {
            case Answer.Found<Record>(List<Record> records, boolean authentic) -> {
                List<InetAddress> found = new ArrayList<>();
                for (Record record : records) {
                    if (record instanceof ARecord a) {
                        found.add(named(host, a.getAddress()));
                    } else if (record instanceof AAAARecord aaaa) {
                        found.add(named(host, aaaa.getAddress()));
                    }
                }
                yield new Answer.Found<>(found, authentic);
            }
            case Answer.NoSuchName<Record> none -> new Answer.NoSuchName<>();
            case Answer.NoData<Record> none -> new Answer.NoData<>();
            case Answer.Failed<Record>(String reason) -> new Answer.Failed<>(reason);
        };
    }

    private static InetAddress named(String host, InetAddress address) {
        try {
            return InetAddress.getByAddress(host, address.getAddress());
        } catch (UnknownHostException e) {
            throw new IllegalStateException("an address has 4 or 16 bytes", e);
        }
    }

    private CompletableFuture<Answer<Record>> ask(String host, int type) {
        try {
            String ascii = host.chars().allMatch(c -> c < 0x80) ? host : IDN.toASCII(host);
            return query(Name.fromString(ascii.endsWith(".") ? ascii : ascii + "."), type);
        } catch (TextParseException | IllegalArgumentException e) {
            return CompletableFuture.completedFuture(new Answer.NoSuchName<>());
        }
    }

    private CompletableFuture<Answer<Record>> query(Name name, int type) {
        Servers now = servers();
        Message query = Message.newQuery(Record.newRecord(name, type, DClass.IN));
        // RFC 6840 §5.7: an AD bit in the question asks for one in the answer
        query.getHeader().setFlag(Flags.AD);
        return now.resolver
                .sendAsync(query)
                .thenApply(reply -> answer(reply, name, type, now.conf.trusted()))
                .exceptionally(e -> new Answer.Failed<>(TRY_AGAIN))
                .toCompletableFuture();
    }

    private static Answer<Record> answer(Message reply, Name asked, int type, boolean trusted) {
        int rcode = reply.getRcode();
        if (rcode == Rcode.NXDOMAIN) {
            return new Answer.NoSuchName<>();
        }
        if (rcode != Rcode.NOERROR) {
            return new Answer.Failed<>(TRY_AGAIN);
        }
        List<Record> section = reply.getSection(Section.ANSWER);
        Name name = asked;
        for (int i = 0; i < MOST_CNAMES; i++) {
            Name owner = name;
            List<Record> found = section.stream()
                    .filter(r -> r.getType() == type && r.getName().equals(owner))
                    .limit(MOST_RECORDS)
                    .toList();
            if (!found.isEmpty()) {
                return new Answer.Found<>(found, trusted && reply.getHeader().getFlag(Flags.AD));
            }
            Name next = section.stream()
                    .filter(r -> r instanceof CNAMERecord && r.getName().equals(owner))
                    .map(r -> ((CNAMERecord) r).getTarget())
                    .findFirst()
                    .orElse(null);
            if (next == null) {
                break;
            }
            name = next;
        }
        return new Answer.NoData<>();
    }

    private static <T> Answer<T> await(CompletableFuture<Answer<T>> reply) {
        try {
            return reply.join();
        } catch (CompletionException e) {
            return new Answer.Failed<>(TRY_AGAIN);
        }
    }

    private Servers servers() {
        FileTime time = null;
        try {
            time = Files.getLastModifiedTime(resolvConf);
        } catch (IOException e) {
            // no such file: the defaults count, until there is one
        }
        Servers known = servers;
        if (known == null || !Objects.equals(time, known.time)) {
            ResolvConf conf = ResolvConf.read(resolvConf);
            List<org.xbill.DNS.Resolver> each = new ArrayList<>();
            for (InetSocketAddress server : conf.servers()) {
                SimpleResolver one = new SimpleResolver(server);
                one.setTimeout(conf.timeout());
                each.add(one);
            }
            ExtendedResolver all = new ExtendedResolver(each);
            all.setRetries(conf.attempts());
            all.setTimeout(conf.timeout()
                    .multipliedBy((long) conf.attempts() * conf.servers().size()));
            known = new Servers(time, conf, all);
            servers = known;
        }
        return known;
    }
}
