// Clients of Node against a running server over samples/: node run.mjs http://127.0.0.1:8080
//
// One function a client; each throws where it does not get what it should and returns what was done. A line of each comes out.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { embed, embedMany, generateText, streamText } from "ai";
import OpenAI from "openai";

const QUESTION = "2025年新建智能化煤矿多少座";
const ANSWER = "130座";
const UNKNOWN = "2025年火星基地建成多少座";
const KEY = "unused";

const url = process.argv[2];
assert(url, "give the server's address: node run.mjs http://127.0.0.1:8080");
const base = `${url}/v1`;
const messages = [{ role: "user", content: QUESTION }];
const openai = new OpenAI({ baseURL: base, apiKey: KEY, maxRetries: 0 });
const embeddingModel = (await openai.models.list({ query: { type: "embedding" } })).data[0].id;

const CLIENTS = {
  async "openai: chat"() {
    const whole = await openai.chat.completions.create({ model: "wenbao", messages });
    const { content, annotations } = whole.choices[0].message;
    const cited = annotations[0].url_citation;
    assert(content.includes(ANSWER) && cited.content.includes(ANSWER), content);
    assert.equal(content.slice(cited.start_index, cited.end_index), "[1]");
    const stream = await openai.chat.completions.create({
      model: "wenbao", messages, stream: true, stream_options: { include_usage: true },
    });
    let streamed = "";
    let usage;
    for await (const chunk of stream) {
      streamed += chunk.choices[0]?.delta.content ?? "";
      usage = chunk.usage ?? usage;
    }
    assert.equal(streamed, content);
    assert.equal(usage.total_tokens, whole.usage.total_tokens);
    const silent = await openai.chat.completions.create({ model: "wenbao", messages: [{ role: "user", content: UNKNOWN }] });
    assert(silent.choices[0].message.refusal, "a refusal");
    await assert.rejects(openai.chat.completions.create({ model: "wenbao", messages, n: 2 }), { status: 400, param: "n" });
    return ["openai", "whole, stream with usage, a refusal, n=2 refused by name"];
  },

  async "openai: responses"() {
    const whole = await openai.responses.create({ model: "wenbao", input: QUESTION });
    assert(whole.output_text.includes(ANSWER), whole.output_text);
    assert.equal(whole.output[0].content[0].annotations[0].type, "url_citation");
    const final = await openai.responses.stream({ model: "wenbao", input: QUESTION }).finalResponse();
    // `create` adds this field for convenience, a stream does not.
    assert.equal(final.output[0].content[0].text, whole.output_text);
    return ["openai", "create, stream"];
  },

  async "openai: embeddings"() {
    const input = ["新建智能化煤矿130座", "粮食总产量"];
    const coded = await openai.embeddings.create({ model: embeddingModel, input });
    const plain = await openai.embeddings.create({ model: embeddingModel, input, encoding_format: "float" });
    for (const [n, { embedding }] of coded.data.entries()) {
      assert(embedding.every((value, at) => Math.abs(value - plain.data[n].embedding[at]) < 1e-6), "base64 and float agree");
    }
    return ["openai", "base64, float"];
  },

  async "@ai-sdk/openai"() {
    const provider = createOpenAI({ baseURL: base, apiKey: KEY });
    const made = await generateText({ model: provider("wenbao"), prompt: QUESTION, maxRetries: 0 });
    assert(made.text.includes(ANSWER), made.text);
    assert(made.sources.length > 0 && made.sources[0].url.startsWith(url), JSON.stringify(made.sources));
    const streamed = await text(streamText({ model: provider("wenbao"), prompt: QUESTION, maxRetries: 0 }));
    assert.equal(streamed, made.text);
    const chat = await generateText({ model: provider.chat("wenbao"), prompt: QUESTION, maxRetries: 0 });
    assert(chat.text.includes(ANSWER), chat.text);
    const { embedding } = await embed({ model: provider.embedding(embeddingModel), value: "x", maxRetries: 0 });
    assert(embedding.length > 0);
    return ["@ai-sdk/openai", "generateText and streamText by responses, with sources; chat; embed"];
  },

  async "@ai-sdk/openai-compatible"() {
    const provider = createOpenAICompatible({ name: "wenbao", baseURL: base, apiKey: KEY });
    const made = await generateText({ model: provider("wenbao"), prompt: QUESTION, maxRetries: 0 });
    assert(made.text.includes(ANSWER), made.text);
    assert.equal(await text(streamText({ model: provider("wenbao"), prompt: QUESTION, maxRetries: 0 })), made.text);
    const { embeddings } = await embedMany({ model: provider.embeddingModel(embeddingModel), values: ["a", "b"], maxRetries: 0 });
    assert.equal(embeddings.length, 2);
    return ["@ai-sdk/openai-compatible", "generateText, streamText, embedMany"];
  },

  async "@modelcontextprotocol/sdk"() {
    const client = new Client({ name: "check", version: "1" });
    await client.connect(new StreamableHTTPClientTransport(new URL(`${url}/mcp`)));
    // The client checks what a tool gives against the schema that it listed.
    const names = (await client.listTools()).tools.map((tool) => tool.name);
    for (const name of ["ask", "table", "search", "documents", "document", "passage"]) assert(names.includes(name), name);
    const asked = await client.callTool({ name: "ask", arguments: { question: QUESTION } });
    assert.equal(asked.structuredContent.answer, ANSWER);
    const link = asked.content.find((part) => part.type === "resource_link");
    const read = await client.readResource({ uri: link.uri });
    assert(read.contents[0].text.includes(ANSWER));
    const table = await client.callTool({ name: "table", arguments: { question: "山西历年的经济增长目标" } });
    assert(table.structuredContent.table.rows.length > 1, JSON.stringify(table.structuredContent));
    const wrong = await client.callTool({ name: "ask", arguments: { question: QUESTION, top_k: 0 } });
    assert(wrong.isError, "an argument error is a result");
    await client.close();
    return ["@modelcontextprotocol/sdk", `${names.length} tools, a table, a resource, an argument error, over HTTP`];
  },
};

async function text(result) {
  let all = "";
  for await (const part of result.textStream) all += part;
  return all;
}

const pinned = JSON.parse(readFileSync(new URL("package.json", import.meta.url))).devDependencies;
let failed = 0;
for (const [name, run] of Object.entries(CLIENTS)) {
  try {
    const [client, what] = await run();
    const with_ai = client.startsWith("@ai-sdk") ? ` with ai ${pinned.ai}` : "";
    console.log(`ok       ${name} ${pinned[client]}${with_ai}: ${what}`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED   ${name}\n${error.stack}`);
  }
}
process.exit(failed ? 1 : 0);
