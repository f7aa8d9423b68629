"""OpenAI's own client and those that stand on it."""

import asyncio
import json

from checks import ANSWER, QUESTION, UNKNOWN, client, expect, refused

USER = [{"role": "user", "content": QUESTION}]
KEY = "unused"


def connect(url):
    import openai

    return openai.OpenAI(base_url=f"{url}/v1", api_key=KEY, max_retries=0)


@client("openai: chat", "openai")
def chat(url):
    ai = connect(url)
    whole = ai.chat.completions.create(model="wenbao", messages=USER)
    message = whole.choices[0].message
    expect(ANSWER in message.content and whole.choices[0].finish_reason == "stop", whole)
    cited = message.annotations[0].url_citation
    expect(message.content[cited.start_index : cited.end_index] == "[1]" and ANSWER in cited.content, cited)
    content, annotations, usage = "", [], None
    for chunk in ai.chat.completions.create(model="wenbao", messages=USER, stream=True, stream_options={"include_usage": True}):
        usage = chunk.usage or usage
        for choice in chunk.choices:
            content += choice.delta.content or ""
            annotations += getattr(choice.delta, "annotations", None) or []
    expect(content == message.content and len(annotations) == len(message.annotations), (content, annotations))
    expect(usage.total_tokens == whole.usage.total_tokens, usage)
    short = ai.chat.completions.create(model="wenbao", messages=USER, max_tokens=3)
    expect(short.choices[0].finish_reason == "length" and short.usage.completion_tokens <= 3, short)
    stopped = ai.chat.completions.create(model="wenbao", messages=USER, stop=["130"])
    expect("130" not in stopped.choices[0].message.content, stopped)
    silent = ai.chat.completions.create(model="wenbao", messages=[{"role": "user", "content": UNKNOWN}]).choices[0].message
    # It says what is nearest, cited, but not as an answer.
    expect(silent.refusal and silent.refusal in silent.content, silent)
    as_json = ai.chat.completions.create(model="wenbao", messages=USER, response_format={"type": "json_object"})
    expect(json.loads(as_json.choices[0].message.content)["answer"] == ANSWER, as_json)
    return "whole, stream with usage and annotations, max_tokens, stop, json_object, a refusal"


@client("openai: what cannot be honoured", "openai")
def refusals(url):
    import openai

    ai = connect(url)
    create = ai.chat.completions.create
    schema = {"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "object"}}}
    tool = {"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {}}}}
    for param, more in [
        ("n", {"n": 2}),
        ("response_format", {"response_format": schema}),
        ("tool_choice", {"tools": [tool], "tool_choice": "required"}),
        ("logprobs", {"logprobs": True}),
        ("max_tokens", {"max_tokens": 0}),
        ("messages", {"messages": []}),
    ]:
        refused(lambda: create(**{"model": "wenbao", "messages": USER, **more}), openai.BadRequestError, param)
    refused(lambda: create(model="gpt-4o", messages=USER), openai.NotFoundError, says="wenbao")
    respond = ai.responses.create
    refused(lambda: respond(model="wenbao", input="x", previous_response_id="resp_1"), openai.BadRequestError, "previous_response_id")
    refused(lambda: ai.embeddings.create(model="wenbao", input=[]), openai.BadRequestError, "input")
    return "n, json_schema, tool_choice, logprobs, limits, no messages, another model: 400 or 404 that names the parameter"


@client("openai: responses", "openai")
def responses(url):
    ai = connect(url)
    whole = ai.responses.create(model="wenbao", input=QUESTION)
    part = whole.output[0].content[0]
    expect(ANSWER in whole.output_text and part.annotations[0].type == "url_citation", whole)
    with ai.responses.stream(model="wenbao", input=QUESTION) as events:
        kinds = [event.type for event in events]
        expect(events.get_final_response().output_text == whole.output_text, kinds)
    expect(kinds[0] == "response.created" and kinds[-1] == "response.completed", kinds)
    talk = [
        {"role": "user", "content": QUESTION},
        {"role": "assistant", "content": whole.output_text},
        {"role": "user", "content": "那2024年呢"},
    ]
    expect(ai.responses.create(model="wenbao", input=talk, instructions="回答要简短").output_text, "a follow-up")
    return "create, stream, a follow-up, instructions"


@client("openai: embeddings", "openai")
def embeddings(url):
    ai = connect(url)
    model = ai.models.list(extra_query={"type": "embedding"}).data[0].id
    expect([each.id for each in ai.models.list()] == ["wenbao"], "only what chats is offered")
    texts = ["新建智能化煤矿130座", "粮食总产量", "x"]
    coded = ai.embeddings.create(model=model, input=texts).data
    plain = ai.embeddings.create(model=model, input=texts, encoding_format="float").data
    for one, other in zip(coded, plain, strict=True):
        expect(len(one.embedding) == len(other.embedding), "lengths")
        expect(max(abs(a - b) for a, b in zip(one.embedding, other.embedding)) < 1e-6, "base64 and float agree")
    many = ai.embeddings.create(model=model, input=[f"第{n}段" for n in range(100)]).data
    expect([each.index for each in many] == list(range(100)), "order")
    return "base64, float, 100 texts, the model by its own name"


@client("openai: many at once", "openai")
def at_once(url):
    import openai

    async def all_of_them():
        async with openai.AsyncOpenAI(base_url=f"{url}/v1", api_key=KEY, max_retries=0) as ai:
            return await asyncio.gather(*(ai.chat.completions.create(model="wenbao", messages=USER) for _ in range(16)))

    replies = asyncio.run(all_of_them())
    expect({ANSWER in reply.choices[0].message.content for reply in replies} == {True}, replies)
    return "16 questions at once by the asynchronous client"


@client("langchain-openai", "langchain-openai")
def langchain(url):
    from langchain_openai import ChatOpenAI, OpenAIEmbeddings

    chat = ChatOpenAI(model="wenbao", base_url=f"{url}/v1", api_key=KEY)
    expect(ANSWER in chat.invoke(QUESTION).content, "invoke")
    expect(ANSWER in "".join(chunk.content for chunk in chat.stream(QUESTION)), "stream")
    import openai

    default = OpenAIEmbeddings(model="wenbao", base_url=f"{url}/v1", api_key=KEY)
    try:
        default.embed_query("煤矿")
        tokens = "token numbers taken"
    except openai.BadRequestError as error:
        expect("check_embedding_ctx_length=False" in str(error), error)
        tokens = "token numbers refused with the setting named"
    except Exception as error:  # tiktoken fetches its tables from elsewhere
        tokens = f"token numbers not tried ({type(error).__name__})"
    fine = OpenAIEmbeddings(model="wenbao", base_url=f"{url}/v1", api_key=KEY, check_embedding_ctx_length=False)
    expect(len(fine.embed_documents(["煤矿", "粮食"])) == 2, "embeddings")
    return f"ChatOpenAI invoke and stream, OpenAIEmbeddings with check_embedding_ctx_length=False; {tokens}"


@client("litellm", "litellm")
def litellm(url):
    import litellm as lite

    lite.telemetry = False
    reply = lite.completion(model="openai/wenbao", messages=USER, api_base=f"{url}/v1", api_key=KEY)
    expect(ANSWER in reply.choices[0].message.content, reply)
    vectors = lite.embedding(model="openai/wenbao", input=["煤矿"], api_base=f"{url}/v1", api_key=KEY)
    expect(len(vectors.data) == 1, vectors)
    return "completion, embedding"


@client("openai-agents", "openai-agents")
def agents(url):
    import openai
    from agents import Agent, OpenAIChatCompletionsModel, OpenAIResponsesModel, Runner, set_tracing_disabled

    set_tracing_disabled(True)
    ai = openai.AsyncOpenAI(base_url=f"{url}/v1", api_key=KEY)
    for model in (OpenAIResponsesModel(model="wenbao", openai_client=ai), OpenAIChatCompletionsModel(model="wenbao", openai_client=ai)):
        result = Runner.run_sync(Agent(name="asker", instructions="用报告回答", model=model), QUESTION)
        expect(ANSWER in result.final_output, result)
    return "an agent by responses and by chat completions"


@client("instructor", "instructor")
def instructor(url):
    import instructor as made
    import pydantic

    class Answer(pydantic.BaseModel):
        answer: str
        abstained: bool

    ai = made.from_openai(connect(url), mode=made.Mode.JSON)
    reply = ai.chat.completions.create(model="wenbao", messages=USER, response_model=Answer, max_retries=0)
    expect(reply.answer == ANSWER and not reply.abstained, reply)
    return "JSON mode into a model of answer and abstained"


@client("pydantic-ai", "pydantic-ai-slim")
def pydantic_ai(url):
    from pydantic_ai import Agent
    from pydantic_ai.models.openai import OpenAIChatModel
    from pydantic_ai.providers.openai import OpenAIProvider

    agent = Agent(OpenAIChatModel("wenbao", provider=OpenAIProvider(base_url=f"{url}/v1", api_key=KEY)))
    expect(ANSWER in agent.run_sync(QUESTION).output, "run_sync")
    return "an agent's answer as text"


@client("llama-index", "llama-index-llms-openai-like")
def llama_index(url):
    from llama_index.llms.openai_like import OpenAILike

    model = OpenAILike(model="wenbao", api_base=f"{url}/v1", api_key=KEY, is_chat_model=True)
    expect(ANSWER in str(model.complete(QUESTION)), "complete")
    return "OpenAILike, complete"


@client("cohere: rerank", "cohere")
def cohere(url):
    import cohere as co

    ranked = co.ClientV2(api_key=KEY, base_url=url).rerank(
        model="wenbao", query=QUESTION, documents=["粮食总产量146亿公斤", "新建智能化煤矿130座"], top_n=1
    )
    expect(ranked.results[0].index == 1, ranked)
    return "ClientV2.rerank"


@client("jina: rerank", "httpx")
def jina(url):
    import httpx

    asked = {"model": "wenbao", "query": QUESTION, "documents": ["粮食总产量146亿公斤", {"text": "新建智能化煤矿130座"}], "return_documents": True}
    reply = httpx.post(f"{url}/v1/rerank", json=asked, trust_env=False).json()
    expect(reply["results"][0]["index"] == 1 and reply["results"][0]["document"]["text"] == "新建智能化煤矿130座", reply)
    return "POST /v1/rerank in Jina's shape"


