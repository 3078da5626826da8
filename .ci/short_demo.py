"""Starts ``faxi-bot demo``, asks its state, ends it, and sees that nothing is left.

Usage: short_demo.py PATH_OF_FAXI_BOT
"""

import json
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path


def main() -> None:
    """Fail unless the demo is ready within 30 seconds and leaves no folder."""
    before = set(Path(tempfile.gettempdir()).glob("faxi-demo-*"))
    began = time.monotonic()
    demo = subprocess.Popen([sys.argv[1], "demo"], stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own program
    assert demo.stdout is not None  # noqa: S101 - it was asked for
    address = demo.stdout.readline().strip()
    seconds = time.monotonic() - began
    with urllib.request.urlopen(f"{address}control/state") as answer:  # noqa: S310 - the line is our own
        state = json.load(answer)
    demo.send_signal(signal.SIGTERM)
    code = demo.wait(30)
    left = set(Path(tempfile.gettempdir()).glob("faxi-demo-*")) - before
    report = f"ready after {seconds:.1f} s at {address}, {len(state['connections'])} connections, ended with {code}"
    sys.stdout.write(f"{report}\n")
    if seconds > 30 or code != 0 or left or not state["connections"]:  # noqa: PLR2004 - what the demo promises
        sys.exit(f"The demo did not do as promised; left: {left}")


if __name__ == "__main__":
    main()
