/*
 * Times calls, pinned to a CPU: loop NAME COUNT [DEVICE] prints nanoseconds a
 * call. DEVICE is what sending sockets are bound to. `loop sink` receives
 * streams, `loop hold` has a socket until it is killed.
 */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static struct sockaddr_in loopback, elsewhere;

static char chunk[1 << 16];

static void check(const char *what, long result) {
  if (result >= 0) return;
  perror(what);
  exit(1);
}

static void make(void) {
  close(socket(AF_INET, SOCK_DGRAM, 0));
}

static void make_and_connect(struct sockaddr_in *address) {
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  connect(fd, (struct sockaddr *)address, sizeof *address);
  close(fd);
}

static int sender(int type, const char *device) {
  int fd = socket(AF_INET, type, 0);
  if (*device)
    check("setsockopt", setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device,
                                   strlen(device)));
  return fd;
}

/* In loopback mode, the first one is interrupted. */
static void send_to(int fd) {
  long sent;
  do {
    sent = sendto(fd, chunk, 64, 0, (struct sockaddr *)&elsewhere,
                  sizeof elsewhere);
  } while (sent < 0 && errno == EINTR);
  check("sendto", sent);
}

/* Accepts one connection after the other, and reads each to its end. */
static void sink(void) {
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  check("bind", bind(listener, (struct sockaddr *)&elsewhere,
                     sizeof elsewhere));
  check("listen", listen(listener, 1));
  puts("ready");
  fflush(stdout);
  for (;;) {
    int fd = accept(listener, NULL, NULL);
    check("accept", fd);
    while (read(fd, chunk, sizeof chunk) > 0) {
    }
    close(fd);
  }
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1e9 + time.tv_nsec;
}

int main(int argc, char **argv) {
  loopback.sin_family = elsewhere.sin_family = AF_INET;
  loopback.sin_port = elsewhere.sin_port = htons(9);
  inet_pton(AF_INET, "127.0.0.1", &loopback.sin_addr);
  inet_pton(AF_INET, "198.51.100.7", &elsewhere.sin_addr);

  const char *name = argv[1], *device = argc > 3 ? argv[3] : "";
  if (!strcmp(name, "sink")) sink();
  if (!strcmp(name, "hold")) {
    check("socket", socket(AF_INET, SOCK_DGRAM, 0));
    pause();
  }

  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  CPU_SET(0, &cpus);
  sched_setaffinity(0, sizeof cpus, &cpus);

  int fd = -1;
  if (!strcmp(name, "sendto")) fd = sender(SOCK_DGRAM, device);
  if (!strcmp(name, "stream")) {
    fd = sender(SOCK_STREAM, device);
    check("connect", connect(fd, (struct sockaddr *)&elsewhere,
                             sizeof elsewhere));
  }
  long count = atol(argv[2]);
  double start = now();
  for (long i = 0; i < count; i++) {
    if (!strcmp(name, "socket")) make();
    else if (!strcmp(name, "loopback")) make_and_connect(&loopback);
    else if (!strcmp(name, "elsewhere")) make_and_connect(&elsewhere);
    else if (!strcmp(name, "sendto")) send_to(fd);
    else check("write", write(fd, chunk, sizeof chunk));
  }
  printf("%.1f\n", (now() - start) / count);
}
