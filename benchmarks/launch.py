"""Run a command and print its exit code, wall and CPU seconds and peak memory (MB) as JSON, for `make bench`.

CPU: of the command and all its processes; peak: of the largest of them.
"""

import json
import os
import sys
import time

if __name__ == "__main__":
    began = time.perf_counter()
    child = os.posix_spawn(
        sys.argv[1],
        sys.argv[1:],
        os.environ,
        file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)],
    )
    _, status, used = os.wait4(child, 0)
    print(
        json.dumps(
            {
                "code": os.waitstatus_to_exitcode(status),
                "wall": time.perf_counter() - began,
                "cpu": used.ru_utime + used.ru_stime,
                "peak": used.ru_maxrss / 1024,
            }
        )
    )
