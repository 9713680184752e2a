"""A headless Chromium for tests, spoken to in its DevTools protocol through a pipe."""

import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any, Self

import pytest

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_PATIENCE = 60  # seconds


def chromium() -> str:
    """Return the path of the program; skip the test where there is none, but fail it in CI."""
    for name in _NAMES:
        path = shutil.which(name)
        if path is not None:
            return path
    reason = f"needs one of {', '.join(_NAMES)} on the PATH"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


class Browser:
    """A page in a headless Chromium.

    Attributes
    ----------
    errors : list
        What the page has logged as a warning or an error, and exceptions of its scripts.
    requests : list of str
        The addresses that it has asked for, but for those that carry their content (data:).
    """

    def __init__(self) -> None:
        program = chromium()
        self.errors: list[Any] = []
        self.requests: list[str] = []
        self._loaded = False
        self._number = 0
        self._unread = b""
        self._session: str | None = None
        self._folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        orders, self._orders = os.pipe()
        self._replies, replies = os.pipe()

        def connect() -> None:
            # Chromium reads orders from 3 and replies to 4, which may be in use for the other.
            first, second = os.dup(orders), os.dup(replies)
            os.dup2(first, 3)
            os.dup2(second, 4)

        self._process = subprocess.Popen(
            [
                program, "--headless", "--no-sandbox", "--disable-gpu",
                "--disable-dev-shm-usage", "--remote-debugging-pipe",
                f"--user-data-dir={self._folder.name}", "about:blank",
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            close_fds=False,
            preexec_fn=connect,
        )  # fmt: skip
        os.close(orders)
        os.close(replies)
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        attached = self._call("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self._call(f"{domain}.enable")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._orders)
        os.close(self._replies)
        self._folder.cleanup()

    def open(self, page: Path, width: int = 1200, dark: bool = False, scripts: bool = True) -> None:
        """Load a file, and wait until all of it is there."""
        self.errors, self.requests, self._loaded = [], [], False
        self._call(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=900, deviceScaleFactor=1, mobile=False,
        )  # fmt: skip
        scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self._call("Emulation.setEmulatedMedia", features=scheme)
        self._call("Emulation.setScriptExecutionDisabled", value=not scripts)
        self._call("Page.navigate", url=page.resolve().as_uri())
        deadline = time.monotonic() + _PATIENCE
        while not self._loaded:
            self._read(deadline)

    def evaluate(self, expression: str) -> Any:
        """Return the value of a JavaScript expression in the page."""
        told = self._call(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        if "exceptionDetails" in told:
            raise RuntimeError(told["exceptionDetails"])
        return told["result"].get("value")

    def screenshot(self, file: Path) -> None:
        """Write a PNG of the whole page."""
        shot = self._call("Page.captureScreenshot", captureBeyondViewport=True)
        file.write_bytes(base64.b64decode(shot["data"]))

    def _call(self, method: str, **arguments: Any) -> Any:
        self._number += 1
        order = {"id": self._number, "method": method, "params": arguments}
        if self._session is not None:
            order["sessionId"] = self._session
        os.write(self._orders, json.dumps(order).encode() + b"\0")
        deadline = time.monotonic() + _PATIENCE
        while (reply := self._read(deadline)).get("id") != self._number:
            pass
        if "error" in reply:
            raise RuntimeError(f"{method}: {reply['error']}")
        return reply["result"]

    def _read(self, deadline: float) -> dict[str, Any]:
        """Return the next message, and note what it says about the page."""
        while b"\0" not in self._unread:
            ready, _, _ = select.select([self._replies], [], [], deadline - time.monotonic())
            part = os.read(self._replies, 1 << 20) if ready else b""
            if not part:
                raise TimeoutError("Chromium does not answer.")
            self._unread += part
        text, _, self._unread = self._unread.partition(b"\0")
        message: dict[str, Any] = json.loads(text)
        about = message.get("params", {})
        match message.get("method"):
            case "Page.loadEventFired":
                self._loaded = True
            case "Runtime.exceptionThrown":
                self.errors.append(about["exceptionDetails"])
            case "Runtime.consoleAPICalled" if about["type"] in ("error", "warning", "assert"):
                self.errors.append(about["args"])
            case "Log.entryAdded" if about["entry"]["level"] in ("error", "warning"):
                self.errors.append(about["entry"])
            case "Network.requestWillBeSent" if not about["request"]["url"].startswith("data:"):
                self.requests.append(about["request"]["url"])
        return message
