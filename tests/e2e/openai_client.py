"""Drives the server with the official openai client, as a user's program would. Argument: the base URL."""

import asyncio
import sys

import openai

base_url = sys.argv[1]
client = openai.OpenAI(base_url=base_url, api_key="unused", max_retries=0)
QUESTION = [{"role": "user", "content": "2025年新建智能化煤矿多少座"}]


def check(condition, what):
    if not condition:
        raise SystemExit(f"failed: {what}")


models = [model.id for model in client.models.list()]
check(models == ["wenbao"], models)
embedder = client.models.list(extra_query={"type": "embedding"}).data[0].id
check(client.models.retrieve("wenbao").id == "wenbao", "models.retrieve")

whole = client.chat.completions.create(model="wenbao", messages=QUESTION)
message = whole.choices[0].message
check("130座" in message.content, message)
check(whole.choices[0].finish_reason == "stop", whole)
check(whole.usage.total_tokens == whole.usage.prompt_tokens + whole.usage.completion_tokens > 0, whole.usage)
citation = message.annotations[0].url_citation
check(message.content[citation.start_index : citation.end_index] == "[1]", message)
check("政府工作报告" in citation.title, citation)
check("130座" in citation.content, citation)

response = client.responses.create(model="wenbao", input="2025年新建智能化煤矿多少座")
check(response.output_text == message.content, response)
check(response.output[0].content[0].annotations[0].type == "url_citation", response)
with client.responses.stream(model="wenbao", input="2025年新建智能化煤矿多少座") as events:
    deltas = "".join(event.delta for event in events if event.type == "response.output_text.delta")
    check(deltas == events.get_final_response().output_text == message.content, deltas)

content, usage, finish = "", None, None
stream = client.chat.completions.create(
    model="wenbao", messages=QUESTION, stream=True, stream_options={"include_usage": True}
)
for chunk in stream:
    if chunk.usage:
        usage = chunk.usage
    for choice in chunk.choices:
        content += choice.delta.content or ""
        finish = choice.finish_reason or finish
check(content == message.content, content)
check(finish == "stop" and usage == whole.usage, (finish, usage))


async def asynchronous():
    async with openai.AsyncOpenAI(base_url=base_url, api_key="unused", max_retries=0) as other:
        replies = await asyncio.gather(
            *(other.chat.completions.create(model="wenbao", messages=QUESTION) for _ in range(8))
        )
    return {reply.choices[0].message.content for reply in replies}


check(asyncio.run(asynchronous()) == {message.content}, "eight questions at once")

texts = ["新建智能化煤矿130座", "粮食总产量"]
as_base64 = client.embeddings.create(model=embedder, input=texts)
as_float = client.embeddings.create(model=embedder, input=texts, encoding_format="float")
check([item.index for item in as_base64.data] == [0, 1], as_base64)
for one, other in zip(as_base64.data, as_float.data):
    check(len(one.embedding) == len(other.embedding) == 384, len(one.embedding))
    check(all(abs(a - b) < 1e-6 for a, b in zip(one.embedding, other.embedding)), "base64 and float agree")
    check(abs(sum(a * a for a in one.embedding) - 1) < 1e-3, "vectors have unit length")
as_passage = client.embeddings.create(model=embedder, input=texts[0], extra_body={"input_type": "passage"})
query, passage = as_base64.data[0].embedding, as_passage.data[0].embedding
check(max(abs(a - b) for a, b in zip(query, passage)) > 1e-4, "query and passage are embedded differently")

try:
    client.chat.completions.create(model="gpt-4o", messages=QUESTION)
    check(False, "an unknown model must be refused")
except openai.NotFoundError as error:
    check(error.code == "model_not_found" and "wenbao" in error.message, error)
try:
    client.chat.completions.create(model="wenbao", messages=[])
    check(False, "no messages must be refused")
except openai.BadRequestError as error:
    check(error.param == "messages", error)

try:
    client.chat.completions.create(model="wenbao", messages=QUESTION, n=2)
    check(False, "two answers must be refused")
except openai.BadRequestError as error:
    check(error.param == "n", error)

print("ok")
