"""What the deploy scripts share: words for people, waiting, and what makes a step fail."""

import os
import signal
import sys
import threading
import time

try:
    from botocore.exceptions import BotoCoreError, ClientError
except ImportError:
    sys.exit("boto3 is missing: python3 -m pip install -r ops/tools/deploy.txt")

# How often a rollout is looked at, and how long it may take.
POLL_S = float(os.environ.get("DEPLOY_POLL_S", "10"))
TIMEOUT_S = float(os.environ.get("DEPLOY_TIMEOUT_S", "1200"))

# A pipeline that is cancelled must not leave half a rollout behind. Its signal is looked for between requests: an
# exception in the middle of one would be taken for a bad connection by the AWS client, and the request sent again.
STOP = threading.Event()

DONE, FAILED, WRONG_USAGE, STUCK = 0, 1, 2, 3


class Failed(Exception):
    """A step did not succeed; the message is one line for people."""


def say(text):
    print(text, flush=True)


def wait_for(what, look):
    """What look() answers once that is true; it raises Failed itself when waiting has become pointless."""
    began = time.monotonic()
    while True:
        heed_signals()
        seen = look()
        if seen:
            return seen
        if time.monotonic() - began > TIMEOUT_S:
            raise Failed(f"{what} took longer than {TIMEOUT_S:.0f} s")
        STOP.wait(POLL_S)


def heed_signals():
    if STOP.is_set():
        raise Failed("stopped by a signal")


def listen_for_signals():
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: STOP.set())


def ignore_signals():
    """The way back is not interrupted: a pipeline that ends it by force still finds the rollback asked for."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    STOP.clear()


def run(steps, way_back):
    """Runs the steps, each a name and a function, in their order; the exit code.

    When one fails, way_back() undoes what was done so far. What it can't undo is the one case that needs hands."""
    listen_for_signals()
    name = ""
    try:
        for name, step in steps:
            heed_signals()
            say(f"== {name}")
            step()
        return DONE
    except (Failed, BotoCoreError, ClientError, OSError) as error:
        ignore_signals()
        say(f"FAILED {name}: {error}")
    try:
        way_back()
        return FAILED
    except (Failed, BotoCoreError, ClientError, OSError) as error:
        say(f"STUCK the way back failed as well: {error}")
        say("See ops/deploy/README.md, \"When the way back fails\".")
        return STUCK
