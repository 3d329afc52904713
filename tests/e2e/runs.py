"""Starts runs through the control socket of a service, many at once, while somebody kills the service again and again: prints how many it was told were safe.

    runs.py SOCKET PLAYBOOK COUNT
"""
import json
import os
import socket
import sys
import threading
import time

path, playbook, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
safe, lock = [], threading.Lock()
left = [count]


def ask(command, **arguments):
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(20)
    connection.connect(path)
    connection.sendall(json.dumps({"command": command, **arguments}).encode() + b"\n")
    answer = b""
    while not answer.endswith(b"\n"):
        piece = connection.recv(1 << 20)
        if not piece:
            raise OSError("gone")
        answer += piece
    connection.close()
    return json.loads(answer)


def work():
    until = time.time() + 300
    while time.time() < until:
        with lock:
            if left[0] == 0:
                return
            left[0] -= 1
        try:
            answer = ask("run-start", file=os.path.abspath(playbook), real="yes")
            if answer["ok"]:
                with lock:
                    safe.append(answer["result"]["run"])
                continue
            print(answer, file=sys.stderr)
        except OSError:
            time.sleep(0.05)  # killed, or at its start: nothing was promised
        with lock:
            left[0] += 1


threads = [threading.Thread(target=work) for _ in range(6)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert len(set(safe)) == len(safe), "a number was given twice"
print(len(safe), max(safe))
