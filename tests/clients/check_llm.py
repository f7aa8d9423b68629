"""The `llm` command, as people type it."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

from checks import ANSWER, QUESTION, client, expect

# What its documentation says to write for a model with OpenAI's API at an address of its own.
MODELS = """\
- model_id: wenbao
  model_name: wenbao
  api_base: "{url}/v1"
  supports_schema: true
"""


@client("llm", "llm")
def llm(url):
    with tempfile.TemporaryDirectory() as home:
        pathlib.Path(home, "extra-openai-models.yaml").write_text(MODELS.format(url=url))

        def run(*arguments):
            command = [sys.executable, "-m", "llm", *arguments]
            environment = {**os.environ, "LLM_USER_PATH": home, "NO_PROXY": "127.0.0.1"}
            return subprocess.run(command, env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120)

        def ask(*arguments):
            ran = run("-m", "wenbao", "--key", "unused", *arguments)
            expect(ran.returncode == 0, ran.stderr)
            return ran.stdout

        expect("wenbao" in run("models").stdout, "the model is listed")
        streamed = ask(QUESTION)
        expect(ANSWER in streamed and "[1]" in streamed, streamed)
        expect("2024" in ask("-c", "那2024年呢"), "a conversation goes on")
        logged = json.loads(run("logs", "-n", "1", "--json").stdout)[0]
        expect(logged["input_tokens"] > 0 and logged["output_tokens"] > 0, logged)
        whole = json.loads(ask("--no-stream", "-o", "json_object", "1", QUESTION))
        expect(whole["answer"] == ANSWER and whole["citations"], whole)
        schema = run("-m", "wenbao", "--key", "unused", "--schema", "answer str", QUESTION)
        expect(schema.returncode == 1 and "json_schema" in schema.stderr and "response_format" in schema.stderr, schema)
    return "streamed and cited, a follow-up (-c), its log's tokens, json_object whole, a schema refused with the reason"
