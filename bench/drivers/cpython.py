"""Starts and ends many threads, sub-interpreters or processes: cpython.py <kind> <count> <quick|full>; prints seconds as JSON."""
import json
import multiprocessing
import sys
import threading
import time


def nothing():
    pass


def run_interpreter():
    try:
        from concurrent import interpreters  # 3.14 and newer

        interpreter = interpreters.create()
        interpreter.exec("1")
        interpreter.close()
    except ImportError:
        # 3.12 and 3.13 name it otherwise, with another interface each.
        try:
            import _interpreters as low
        except ImportError:
            import _xxsubinterpreters as low
        interpreter = low.create()
        low.run_string(interpreter, "1")
        low.destroy(interpreter)


def thread(target):
    one = threading.Thread(target=target)
    one.start()
    return one


def process():
    one = multiprocessing.get_context("spawn").Process(target=nothing)
    one.start()
    return one


STARTS = {
    "threads": lambda: thread(nothing),
    "interpreters": lambda: thread(run_interpreter),
    "processes": process,
}


def main(kind, count, length):
    start = STARTS[kind]
    start().join()
    seconds = {}
    if length == "full":
        begin = time.perf_counter()
        for _ in range(count):
            start().join()
        seconds["sequential"] = [time.perf_counter() - begin]
    begin = time.perf_counter()
    for one in [start() for _ in range(count)]:
        one.join()
    seconds["concurrent"] = [time.perf_counter() - begin]
    print(json.dumps(seconds))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
