package org.recadero.receive.submit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.recadero.envelope.QueueId;

/** postqueue's command line. */
class QueueRequestTest {
    private static QueueRequest parse(String... words) {
        return QueueRequest.parse(List.of(words)).request();
    }

    @Test
    void takesOneRequestAlone() {
        assertThat(parse("-p")).isEqualTo(new QueueRequest.Listing());
        assertThat(parse("-vj")).isEqualTo(new QueueRequest.JsonListing());
        assertThat(parse("-f")).isEqualTo(new QueueRequest.Flush());
        assertThat(parse("-i", "4B7F")).isEqualTo(new QueueRequest.FlushId(new QueueId("4B7F")));
        assertThat(parse("-sexample.org")).isEqualTo(new QueueRequest.FlushSite("example.org"));
        QueueRequest usage = new QueueRequest.Fatal("", QueueRequest.USAGE);
        assertThat(parse()).isEqualTo(usage);
        assertThat(parse("-p", "-f")).isEqualTo(usage);
        assertThat(parse("-pf")).isEqualTo(usage);
        assertThat(parse("-p", "x")).isEqualTo(usage);
    }

    @Test
    void saysWhatIsWrongAsGetoptDoes() {
        assertThat(parse("-Z"))
                .isEqualTo(new QueueRequest.Fatal("postqueue: invalid option -- 'Z'", QueueRequest.USAGE));
        assertThat(parse("-i"))
                .isEqualTo(new QueueRequest.Fatal("postqueue: option requires an argument -- 'i'", QueueRequest.USAGE));
        assertThat(parse("-i", "x!\n"))
                .isEqualTo(new QueueRequest.Fatal("", "Cannot flush queue ID - invalid name: \"x!?\""));
        assertThat(parse("-s", "a b"))
                .isEqualTo(new QueueRequest.Fatal("", "Cannot flush mail queue - invalid destination: \"a b\""));
    }

    @Test
    void findsTheFolderOfItsConfiguration() {
        assertThat(QueueRequest.parse(List.of("-c", "/etc/other", "-p")))
                .isEqualTo(new QueueRequest.Parsed(new QueueRequest.Listing(), Optional.of("/etc/other")));
    }
}
