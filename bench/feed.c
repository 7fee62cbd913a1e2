/*
 * feed SOCKET CONNECTIONS MESSAGES FILE RECIPIENT
 * Submits MESSAGES copies of FILE to RECIPIENT over submission protocol 1 (FrameType.java), CONNECTIONS at a time, without a process
 * for each: what the daemon takes in and forces to disk a second. Prints: messages, refused ones, wall seconds.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { HEAD = 5, PIECE = 32768 };

static const char *path, *recipient;
static unsigned char *content;
static size_t content_length;
static uint32_t content_sum;
static atomic_long left, refused;

static uint32_t crc32c_of(const unsigned char *data, size_t length)
{
    uint32_t crc = 0xffffffffu;
    for (size_t i = 0; i < length; i++) {
        crc ^= data[i];
        for (int bit = 0; bit < 8; bit++)
            crc = (crc >> 1) ^ (0x82f63b78u & (0u - (crc & 1u)));
    }
    return ~crc;
}

static void big_endian(unsigned char *at, uint64_t value, int octets)
{
    for (int i = octets - 1; i >= 0; i--, value >>= 8)
        at[i] = (unsigned char)value;
}

static size_t frame(unsigned char *at, char type, const void *body, size_t length)
{
    at[0] = (unsigned char)type;
    big_endian(at + 1, length, 4);
    memcpy(at + HEAD, body, length);
    return HEAD + length;
}

static int all(int to, const unsigned char *data, size_t length)
{
    while (length > 0) {
        ssize_t done = send(to, data, length, MSG_NOSIGNAL);
        if (done < 0)
            return -1;
        data += done;
        length -= (size_t)done;
    }
    return 0;
}

/* The type of the daemon's next frame, its first octets of body in value; -1: the connection ended. */
static int answer(int from, unsigned char *value)
{
    unsigned char head[HEAD];
    if (recv(from, head, HEAD, MSG_WAITALL) != HEAD)
        return -1;
    size_t length = (size_t)head[1] << 24 | (size_t)head[2] << 16 | (size_t)head[3] << 8 | head[4];
    unsigned char body[1 << 16];
    if (length > sizeof body || (length > 0 && recv(from, body, length, MSG_WAITALL) != (ssize_t)length))
        return -1;
    memcpy(value, body, length < 4 ? length : 4);
    return head[0];
}

static int submit(void)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    strncpy(to.sun_path, path, sizeof to.sun_path - 1);
    int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (s < 0 || connect(s, (struct sockaddr *)&to, sizeof to) < 0) {
        close(s);
        return -1;
    }
    unsigned char out[HEAD + PIECE], id[17] = {1}, value[4] = {0};
    char words[512];
    int status = -1;
    if (getrandom(id + 1, 16, 0) != 16)
        abort();
    size_t used = frame(out, 'H', id, sizeof id);
    int length = snprintf(words, sizeof words, "sendmail%c-i%c%s%c", 0, 0, recipient, 0);
    used += frame(out + used, 'A', words, (size_t)length);
    used += frame(out + used, 'E', "", 0);
    if (all(s, out, used) < 0)
        goto end;
    int first = answer(s, value);
    if (first == 'R' && answer(s, value) == 'Q')
        status = value[3];
    if (first != 'N')
        goto end;
    for (size_t at = 0; at < content_length; at += PIECE) {
        size_t piece = content_length - at < PIECE ? content_length - at : PIECE;
        if (all(s, out, frame(out, 'D', content + at, piece)) < 0)
            goto end;
    }
    unsigned char sum[12];
    big_endian(sum, content_length, 8);
    big_endian(sum + 8, content_sum, 4);
    if (all(s, out, frame(out, '.', sum, sizeof sum)) < 0)
        goto end;
    for (int type; (type = answer(s, value)) >= 0;)
        if (type == 'Q') {
            status = value[3];
            break;
        }
end:
    close(s);
    return status;
}

static void *work(void *unused)
{
    (void)unused;
    while (atomic_fetch_sub(&left, 1) > 0)
        for (int status, tries = 0; (status = submit()) != 0; tries++) {
            /* 75: not now, as too much of this user's waits already */
            if (status != 75 || tries == 600) {
                fprintf(stderr, "refused: status %d\n", status);
                atomic_fetch_add(&refused, 1);
                break;
            }
            usleep(100000);
        }
    return NULL;
}

int main(int argc, char **argv)
{
    if (argc != 6) {
        fprintf(stderr, "usage: feed SOCKET CONNECTIONS MESSAGES FILE RECIPIENT\n");
        return 64;
    }
    path = argv[1];
    recipient = argv[5];
    int connections = atoi(argv[2]);
    long messages = atol(argv[3]);
    int file = open(argv[4], O_RDONLY);
    off_t length = file < 0 ? -1 : lseek(file, 0, SEEK_END);
    content = length < 0 ? NULL : malloc((size_t)length + 1);
    if (content == NULL || connections < 1 || connections > 64 || pread(file, content, (size_t)length, 0) != length) {
        perror(argv[4]);
        return 66;
    }
    content_length = (size_t)length;
    content_sum = crc32c_of(content, content_length);
    atomic_store(&left, messages);
    struct timespec begun, ended;
    clock_gettime(CLOCK_MONOTONIC, &begun);
    pthread_t threads[64];
    for (int i = 0; i < connections; i++)
        if (pthread_create(&threads[i], NULL, work, NULL) != 0)
            abort();
    for (int i = 0; i < connections; i++)
        pthread_join(threads[i], NULL);
    clock_gettime(CLOCK_MONOTONIC, &ended);
    printf("%ld %ld %.3f\n", messages, atomic_load(&refused),
           (double)(ended.tv_sec - begun.tv_sec) + (double)(ended.tv_nsec - begun.tv_nsec) / 1e9);
    return atomic_load(&refused) == 0 ? 0 : 1;
}
