"""The MCP inspector's command line, where it is installed (`make test-inspector`)."""

import json
import shutil
import subprocess

from checks import ANSWER, QUESTION, Skipped, client, expect
from server import ROOT

HOME = ROOT / "tests/clients/inspector"
PROGRAM = HOME / "node_modules/.bin/mcp-inspector"


@client("inspector")
def inspector(url):
    if not shutil.which("node") or not PROGRAM.exists():
        raise Skipped("its packages are not installed; `make test-inspector` does that")

    def run(*arguments):
        command = [PROGRAM, "--cli", f"{url}/mcp", "--transport", "http", *arguments]
        return subprocess.run(command, cwd=HOME, capture_output=True, text=True, timeout=120)

    def ask(*arguments):
        ran = run(*arguments)
        expect(ran.returncode == 0, ran.stderr)
        return json.loads(ran.stdout)

    def tool(name, *arguments):
        return ask("--method", "tools/call", "--tool-name", name, "--tool-arg", *arguments)

    tools = {each["name"]: each for each in ask("--method", "tools/list")["tools"]}
    expect({"ask", "table", "search", "documents", "document", "passage"} <= set(tools), tools)
    expect(tools["ask"]["inputSchema"]["required"] == ["question"] and tools["ask"]["outputSchema"], tools["ask"])
    asked = tool("ask", f"question={QUESTION}")
    expect(asked["structuredContent"]["answer"] == ANSWER, asked)
    link = next(part for part in asked["content"] if part["type"] == "resource_link")
    read = ask("--method", "resources/read", "--uri", link["uri"])
    expect(ANSWER in read["contents"][0]["text"], read)
    wrong = tool("ask", f"question={QUESTION}", "top_k=0")
    expect(wrong["isError"] and "top_k" in wrong["content"][0]["text"], wrong)
    unknown = run("--method", "tools/call", "--tool-name", "nosuch", "--tool-arg", "a=1")
    expect(unknown.returncode != 0 and "nosuch" in unknown.stderr, unknown)
    version = json.loads((HOME / "node_modules/@modelcontextprotocol/inspector/package.json").read_text())["version"]
    return f"{version} --cli: tools/list, tools/call ask, resources/read of its citation, an argument error, an unknown tool"
