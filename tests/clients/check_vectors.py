"""Vector stores that get their vectors from /v1/embeddings, by LangChain."""

from checks import client, expect

TEXTS = [
    "2025年安排：开展煤矿“四个一批”，新建智能化煤矿130座。",
    "粮食总产量达到146亿公斤，再创历史新高。",
    "城镇新增就业45万人，城镇调查失业率控制在5.5%左右。",
    "新建改建普通国省干线公路，完善农村路网。",
    "农村居民人均可支配收入增长7%，城镇居民增长5.3%。",
    "改扩建中小学校，增加普通高中学位。",
]
# Other words than the texts': a lexical search would find little.
QUERIES = {"新开的智慧矿井": 0, "打了多少斤粮": 1, "找工作难不难": 2, "农民一年挣多少钱": 4}
COLLECTION = "reports"


def fill(store, url, **where):
    from langchain_openai import OpenAIEmbeddings

    vectors = OpenAIEmbeddings(model="wenbao", base_url=f"{url}/v1", api_key="unused", check_embedding_ctx_length=False)
    numbers = [{"n": n} for n in range(len(TEXTS))]
    return store.from_texts(TEXTS, vectors, metadatas=numbers, collection_name=COLLECTION, **where)


def right_first(store):
    for query, wanted in QUERIES.items():
        found = store.similarity_search(query, k=2)
        first = found[0]
        expect(len(found) == 2 and first.page_content == TEXTS[wanted] and first.metadata["n"] == wanted, (query, found))
    return f"{len(TEXTS)} passages in memory, {len(QUERIES)} queries in other words, the right passage first"


@client("langchain-qdrant", "langchain-qdrant")
def qdrant(url):
    from langchain_qdrant import QdrantVectorStore

    return right_first(fill(QdrantVectorStore, url, location=":memory:"))


@client("langchain-chroma", "langchain-chroma")
def chroma(url):
    import chromadb
    from langchain_chroma import Chroma

    memory = chromadb.EphemeralClient(chromadb.Settings(anonymized_telemetry=False))
    return right_first(fill(Chroma, url, client=memory))
