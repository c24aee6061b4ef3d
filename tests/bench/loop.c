/* Times calls, pinned to a CPU: loop NAME COUNT prints nanoseconds a call. */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static struct sockaddr_in loopback, elsewhere;

static void make(void) {
  close(socket(AF_INET, SOCK_DGRAM, 0));
}

static void make_and_connect(struct sockaddr_in *address) {
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  connect(fd, (struct sockaddr *)address, sizeof *address);
  close(fd);
}

static int sender(void) {
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "benchway", 8);
  return fd;
}

static void send_to(int fd) {
  char payload[64] = {0};
  if (sendto(fd, payload, sizeof payload, 0, (struct sockaddr *)&elsewhere,
             sizeof elsewhere) < 0) {
    perror("sendto");
    exit(1);
  }
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1e9 + time.tv_nsec;
}

int main(int argc, char **argv) {
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  CPU_SET(0, &cpus);
  sched_setaffinity(0, sizeof cpus, &cpus);

  loopback.sin_family = elsewhere.sin_family = AF_INET;
  loopback.sin_port = elsewhere.sin_port = htons(9);
  inet_pton(AF_INET, "127.0.0.1", &loopback.sin_addr);
  inet_pton(AF_INET, "198.51.100.7", &elsewhere.sin_addr);

  int fd = strcmp(argv[1], "sendto") ? -1 : sender();
  long count = atol(argv[2]);
  double start = now();
  for (long i = 0; i < count; i++) {
    if (!strcmp(argv[1], "socket")) make();
    else if (!strcmp(argv[1], "loopback")) make_and_connect(&loopback);
    else if (fd >= 0) send_to(fd);
    else make_and_connect(&elsewhere);
  }
  printf("%.1f\n", (now() - start) / count);
}
