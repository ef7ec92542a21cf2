"""Shoppers who do not forgive: asks ORIGIN for pages until SIGTERM, and says what went wrong.

    shoppers.py ORIGIN PATH …

Half of them keep their connection, half take a new one for each page. Nothing is tried twice.
"""
import http.client
import signal
import sys
import threading
import time

SHOPPERS = 6
PAUSE_S = 0.025
TIMEOUT_S = 60

ended = threading.Event()
answered = []
failures = []


def visit(number, connect, paths):
    connection = None
    for turn in range(number, sys.maxsize):
        if ended.is_set():
            return
        path = paths[turn % len(paths)]
        began = time.monotonic()
        try:
            connection = connection or connect()
            connection.request("GET", path)
            answer = connection.getresponse()
            body = answer.read()
            if answer.status != 200 or b"</html>" not in body:
                failures.append(f"{path}: {answer.status}, {len(body)} bytes")
            answered.append(time.monotonic() - began)
        except Exception as error:
            failures.append(f"{path}: {type(error).__name__} {error} after {time.monotonic() - began:.1f} s")
            connection = None
        if number % 2 and connection:
            connection.close()
        ended.wait(PAUSE_S)


def main():
    if len(sys.argv) < 3:
        sys.exit("usage: shoppers.py ORIGIN PATH …")
    scheme, host = sys.argv[1].split("://")
    kind = http.client.HTTPSConnection if scheme == "https" else http.client.HTTPConnection
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    shoppers = [threading.Thread(target=visit, args=(n, lambda: kind(host, timeout=TIMEOUT_S), sys.argv[2:])) for n in range(SHOPPERS)]
    for shopper in shoppers:
        shopper.start()
    for shopper in shoppers:
        shopper.join()
    for failure in failures[:5]:
        print(f"       {failure}")
    print(f"       {len(answered)} answered, {len(failures)} failed, the longest wait {max(answered, default=0):.1f} s")
    sys.exit(1 if failures or not answered else 0)


main()
