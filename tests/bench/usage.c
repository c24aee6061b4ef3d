/* Runs a command, and prints what it and the children that it has waited for
 * have used: the most memory that one had resident at a time, in KiB, and CPU
 * time, in microseconds.
 *
 * In C, for what a process had before execve(2) counts as well. */

#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static long microseconds(struct timeval time) {
  return time.tv_sec * 1000000 + time.tv_usec;
}

int main(int argc, char **argv) {
  int status;
  struct rusage usage;
  pid_t child = fork();
  if (child == 0) {
    freopen("/dev/null", "w", stdout);
    execvp(argv[1], argv + 1);
    _exit(127);
  }
  wait4(child, &status, 0, &usage);
  printf("%ld %ld\n", usage.ru_maxrss,
         microseconds(usage.ru_utime) + microseconds(usage.ru_stime));
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
