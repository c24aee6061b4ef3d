# Runs the kernel's selftests of VRFs in the guest, with iproute2 and with
# denovrf in its place. Each line: who, the test, its exit status, and how many
# of its checks have passed and failed.
cd /usr/src/selftests/net || exit
PATH=$PATH:$PWD
cp forwarding/forwarding.config.sample forwarding/forwarding.config
for who in iproute2 denovrf; do
  [ $who = iproute2 ] || PATH=/payload/tests/selftests:$PATH
  for test in "$@"; do
    # A mount of cgroup2 by `ip vrf exec` takes these away.
    mount -o remount,nsdelegate,memory_recursiveprot /sys/fs/cgroup
    (cd "$(dirname "$test")" && timeout 1200 bash "./$(basename "$test")") \
      >/var/tmp/output 2>&1
    status=$?
    passed=$(grep -Eci '\[ *ok *\]|^pass:' /var/tmp/output)
    failed=$(grep -Eci '\[ *fail *\]|^(fail|error):' /var/tmp/output)
    echo "selftest: $who $test $status $passed $failed"
    [ $status = 0 ] || tail -n 40 /var/tmp/output
  done
done
