"""The Model Context Protocol by its own SDKs."""

import asyncio
import os

from checks import ANSWER, QUESTION, client, expect
from server import ROOT, WENBAO


async def ask_all(session):
    tools = {tool.name: tool for tool in (await session.list_tools()).tools}
    expect({"ask", "table", "search", "documents", "document", "passage"} <= set(tools), tools)
    expect(tools["ask"].output_schema and tools["ask"].title, tools["ask"])
    asked = await session.call_tool("ask", {"question": QUESTION})
    expect(not asked.is_error and asked.structured_content["answer"] == ANSWER, asked)
    link = next(part for part in asked.content if part.type == "resource_link")
    read = await session.read_resource(link.uri)
    expect(ANSWER in read.contents[0].text, read)
    table = await session.call_tool("table", {"question": "山西历年的经济增长目标"})
    expect(len(table.structured_content["table"]["rows"]) > 1, table)
    found = await session.call_tool("search", {"query": "煤矿", "top_k": 2, "filter": {"regions": ["山西"]}})
    expect(len(found.structured_content["passages"]) == 2, found)
    none = await session.call_tool("ask", {"question": QUESTION, "filter": {"doc_types": ["measure"]}})
    expect(none.structured_content["abstained"], none)
    unknown = await session.call_tool("search", {"query": "煤矿", "filter": {"doc_types": ["novel"]}})
    expect(unknown.is_error and "five_year_plan" in unknown.content[0].text, unknown)
    expect((await session.call_tool("documents", {"doc_type": "measure"})).structured_content["total"] == 0, "no measures")
    listed = await session.call_tool("documents", {})
    one = listed.structured_content["documents"][0]["id"]
    expect((await session.call_tool("document", {"id": one})).structured_content["id"] == one, one)
    wrong = await session.call_tool("ask", {"question": QUESTION, "top_k": 0})
    expect(wrong.is_error and "top_k" in wrong.content[0].text, wrong)


@client("mcp: streamable HTTP", "mcp")
def over_http(url):
    from mcp import ClientSession
    from mcp.client.streamable_http import streamable_http_client

    async def run():
        async with streamable_http_client(f"{url}/mcp") as (read, write), ClientSession(read, write) as session:
            begun = await session.initialize()
            await ask_all(session)
            return begun.protocol_version

    return f"six tools, a resource, an argument error (revision {asyncio.run(run())})"


@client("mcp: stdio", "mcp")
def over_stdio(_):
    from mcp import ClientSession, StdioServerParameters
    from mcp.client.stdio import stdio_client

    import subprocess
    import tempfile

    models = os.environ.get("WENBAO_MODELS", str(ROOT / "models"))

    async def run(index):
        command = StdioServerParameters(command=str(WENBAO), args=["mcp", "--index", index], env={"WENBAO_MODELS": models})
        async with stdio_client(command) as (read, write), ClientSession(read, write) as session:
            begun = await session.initialize()
            await ask_all(session)
            return begun.protocol_version

    with tempfile.TemporaryDirectory() as home:
        index = f"{home}/index"
        subprocess.run([WENBAO, "ingest", ROOT / "samples", "--index", index, "--models", models], check=True, capture_output=True)
        return f"six tools, a resource, an argument error (revision {asyncio.run(run(index))})"


@client("fastmcp", "fastmcp")
def fastmcp(url):
    from fastmcp import Client

    async def run():
        async with Client(f"{url}/mcp") as session:
            asked = await session.call_tool("ask", {"question": QUESTION})
            expect(asked.structured_content["answer"] == ANSWER, asked)

    asyncio.run(run())
    return "ask over HTTP"
