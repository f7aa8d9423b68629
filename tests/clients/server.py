"""A `wenbao serve` of its own for the checks: on a free port, over a fresh index of samples/."""

import os
import pathlib
import re
import signal
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
WENBAO = ROOT / "target/release/wenbao"


class Server:
    """Runs as long as the `with` block."""

    def __init__(self, *options, environment=None):
        self.options = options
        self.environment = environment or {}

    def __enter__(self):
        self.home = tempfile.TemporaryDirectory(prefix="wenbao-clients-")
        index = str(pathlib.Path(self.home.name) / "index")
        environment = {**os.environ, "WENBAO_MODELS": os.environ.get("WENBAO_MODELS", str(ROOT / "models")), **self.environment}
        subprocess.run([WENBAO, "ingest", ROOT / "samples", "--index", index], env=environment, check=True, capture_output=True)
        command = [WENBAO, "serve", "--addr", "127.0.0.1:0", "--index", index, *self.options]
        self.process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
        said = ""
        for line in self.process.stderr:
            said += line
            if found := re.search(r"http://\S+", line):
                self.url = found[0]
                # Later talk is little; it must only not be lost with the pipe.
                return self
        raise SystemExit(f"the server did not start: {said}")

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.home.cleanup()
