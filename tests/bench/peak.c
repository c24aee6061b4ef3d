/* Runs a command, and prints the most memory that it, or a child that it has
 * waited for, had resident at a time, in KiB.
 *
 * In C, for what a process had before execve(2) counts as well. */

#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

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
  printf("%ld\n", usage.ru_maxrss);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
