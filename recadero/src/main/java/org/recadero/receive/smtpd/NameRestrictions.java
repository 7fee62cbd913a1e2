package org.recadero.receive.smtpd;

import java.net.InetAddress;
import java.util.Objects;
import org.recadero.net.dns.Answer;
import org.recadero.net.dns.MailExchanger;
import org.recadero.net.dns.Resolver;
import org.recadero.receive.smtpd.Judgement.Outcome;
import org.recadero.receive.smtpd.Judgement.Subject;
import org.recadero.route.Router;
import org.recadero.smtp.Reply;

/** Restrictions about names: how they are written, and whether the DNS knows them. Used by one thread, once. */
final class NameRestrictions {
    private final Judgement judgement;
    private final ServiceSettings settings;
    private final Resolver names;
    private final Directory directory;

    NameRestrictions(Judgement judgement, ServiceSettings settings, Resolver names, Directory directory) {
        this.judgement = Objects.requireNonNull(judgement);
        this.settings = Objects.requireNonNull(settings);
        this.names = Objects.requireNonNull(names);
        this.directory = Objects.requireNonNull(directory);
    }

    Outcome nonFqdnHelo() {
        String helo = judgement.state().helo().orElse("");
        if (helo.isEmpty() || helo.startsWith("[")) {
            return Outcome.NOTHING;
        }
        return HostNames.isFullyQualified(helo)
                ? Outcome.NOTHING
                : judgement.refuse(
                        settings.codes().nonFqdn(),
                        "5.5.2",
                        judgement.heloSubject().text("need fully-qualified hostname"));
    }

    Outcome nonFqdn(String address, Subject subject) {
        int at = address.lastIndexOf('@');
        String domain = address.substring(at + 1);
        boolean full = at >= 0 && (domain.startsWith("[") || HostNames.isFullyQualified(domain));
        return full || address.equalsIgnoreCase("postmaster")
                ? Outcome.NOTHING
                : judgement.refuse(settings.codes().nonFqdn(), "5.5.2", subject.text("need fully-qualified address"));
    }

    Outcome invalidHelo() {
        String helo = judgement.state().helo().orElse("");
        if (helo.isEmpty()) {
            return Outcome.NOTHING;
        }
        if (helo.startsWith("[")) {
            return HostNames.isLiteral(helo)
                    ? Outcome.NOTHING
                    : judgement.refuse(
                            settings.codes().invalidHelo(),
                            "5.5.2",
                            judgement.heloSubject().text("invalid ip address"));
        }
        return HostNames.isName(helo) || HostNames.isAddress(helo)
                ? Outcome.NOTHING
                : judgement.refuse(
                        settings.codes().invalidHelo(),
                        "5.5.2",
                        judgement.heloSubject().text("Invalid name"));
    }

    Outcome unknownHelo() {
        String helo = judgement.state().helo().orElse("");
        if (helo.isEmpty() || helo.startsWith("[")) {
            return Outcome.NOTHING;
        }
        Reply unknown = Judgement.reply(
                settings.codes().unknownHelo(), "4.7.1", judgement.heloSubject().text("Host not found"));
        return refuseUnknown(mailHost(helo), unknown);
    }

    Outcome unknownDomain(String address, Subject subject, String detail, String nullDetail) {
        if (!(directory.meaning(address) instanceof Directory.Meaning.Known known)
                || known.addressClass() == Router.AddressClass.LOCAL
                || known.addressClass() == Router.AddressClass.VIRTUAL_ALIAS
                || known.address().domain().name().startsWith("[")) {
            return Outcome.NOTHING;
        }
        String domain = known.address().domain().name();
        Known answer = mailHost(domain);
        if (answer == Known.TAKES_NO_MAIL) {
            return judgement.refuse(
                    judgement.recipient().isPresent() && subject.equals(judgement.recipientSubject()) ? 556 : 550,
                    "5." + nullDetail,
                    subject.text("Domain " + domain + " does not accept mail (nullMX)"));
        }
        int code = settings.codes().unknownAddress();
        return refuseUnknown(answer, Judgement.reply(code, "4." + detail, subject.text("Domain not found")));
    }

    private Outcome refuseUnknown(Known answer, Reply unknown) {
        return switch (answer) {
            case YES, TAKES_NO_MAIL -> Outcome.NOTHING;
            case NO -> judgement.refuse(unknown);
            // Postfix: reject_tempfail_action = defer_if_permit
            case NOT_NOW ->
                judgement.deferIfPermit(
                        unknown.code() < 500
                                ? unknown
                                : Judgement.reply(450, "4.7.1", unknown.lines().getFirst()));
        };
    }

    private enum Known {
        YES,
        NO,
        TAKES_NO_MAIL,
        NOT_NOW
    }

    /** Whether a domain has a mail exchanger or an address (RFC 5321 §5.1). */
    private Known mailHost(String domain) {
        if (!HostNames.isName(domain)) {
            return Known.NO;
        }
        return switch (names.exchangers(domain)) {
            case Answer.Found<MailExchanger> found ->
                found.values().size() == 1 && found.values().getFirst().isNull() ? Known.TAKES_NO_MAIL : Known.YES;
            case Answer.NoSuchName<MailExchanger> none -> hasAddress(domain);
            case Answer.NoData<MailExchanger> none -> hasAddress(domain);
            case Answer.Failed<MailExchanger> failed -> Known.NOT_NOW;
        };
    }

    private Known hasAddress(String name) {
        return switch (names.addresses(name)) {
            case Answer.Found<InetAddress> found -> Known.YES;
            case Answer.NoSuchName<InetAddress> none -> Known.NO;
            case Answer.NoData<InetAddress> none -> Known.NO;
            case Answer.Failed<InetAddress> failed -> Known.NOT_NOW;
        };
    }

    Outcome unknownClient() {
        Peer peer = judgement.state().peer();
        String text = "Client host rejected: cannot find your hostname, [" + peer.addressText() + "]";
        Reply unknown = Judgement.reply(settings.codes().unknownClient(), "4.7.25", text);
        return switch (peer.nameMissing()) {
            case NO -> Outcome.NOTHING;
            case YES -> judgement.refuse(unknown);
            case FOR_NOW -> judgement.refuse(Judgement.reply(450, "4.7.25", text));
        };
    }

    Outcome unknownReverseClient() {
        Peer peer = judgement.state().peer();
        if (peer.reverseName().isPresent()) {
            return Outcome.NOTHING;
        }
        String text = "Client host rejected: cannot find your reverse hostname, [" + peer.addressText() + "]";
        int code = peer.nameMissing() == Peer.NameMissing.FOR_NOW
                ? 450
                : settings.codes().unknownClient();
        return judgement.refuse(Judgement.reply(code, "4.7.25", text));
    }
}
