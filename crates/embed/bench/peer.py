"""One peer of the embedding benchmark as a process that answers one JSON line for each on stdin.

    peer.py ort-f32|ort-int8|torch MODEL_DIR CACHE_DIR THREADS

The weights are the model's own Q4_0 ones, expanded to f32, so that all engines compute the same function. For onnxruntime
the graph is written with the fused operators that its transformer optimizer arrives at (EmbedLayerNormalization,
Attention, SkipLayerNormalization, BiasGelu); int8 is onnxruntime's own dynamic quantization of that graph.
"""

import json
import os
import sys
import time

ENGINE, MODEL_DIR, CACHE_DIR, THREADS = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
os.environ["OMP_NUM_THREADS"] = str(THREADS)
# The benchmark measures computing; the tokenizer gets the same threads.
os.environ["RAYON_NUM_THREADS"] = str(THREADS)

import numpy as np  # noqa: E402
from tokenizers import Tokenizer  # noqa: E402

LAYERS, HEADS, EPSILON = 12, 12, 1e-12
PREFIX = {"query": "query: ", "passage": "passage: "}


def weights():
    """All tensors as f32, matrices as outputs x inputs."""
    import gguf

    reader = gguf.GGUFReader(os.path.join(MODEL_DIR, "model.gguf"))
    return {
        t.name: np.ascontiguousarray(gguf.dequantize(t.data, t.tensor_type).reshape(t.shape[::-1].tolist()), dtype=np.float32)
        for t in reader.tensors
    }


def onnx_graph(path):
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    w = weights()
    nodes, initializers = [], []

    def constant(name, value):
        initializers.append(numpy_helper.from_array(np.ascontiguousarray(value, dtype=np.float32), name))
        return name

    def node(op, inputs, outputs, domain="com.microsoft", **attributes):
        nodes.append(helper.make_node(op, inputs, outputs, domain=domain, **attributes))

    names = ["token_embd.weight", "position_embd.weight", "token_types.weight", "token_embd_norm.weight", "token_embd_norm.bias"]
    node(
        "EmbedLayerNormalization",
        ["input_ids", "segment_ids", *[constant(n, w[n]) for n in names], "mask"],
        ["x0", "mask_index"],
        epsilon=EPSILON,
    )
    x = "x0"
    for i in range(LAYERS):
        b = f"blk.{i}."
        qkv = np.concatenate([w[f"{b}attn_{n}.weight"] for n in "qkv"]).T
        bias = np.concatenate([w[f"{b}attn_{n}.bias"] for n in "qkv"])
        inputs = [x, constant(f"{b}qkv.w", qkv), constant(f"{b}qkv.b", bias), "mask_index"]
        node("Attention", inputs, [f"{b}a"], num_heads=HEADS)
        node("MatMul", [f"{b}a", constant(f"{b}o.w", w[f"{b}attn_output.weight"].T)], [f"{b}o"], domain="")
        norm = [constant(f"{b}n1.{p}", w[f"{b}attn_output_norm.{p}"]) for p in ("weight", "bias")]
        skip = [f"{b}o", x, *norm, constant(f"{b}o.b", w[f"{b}attn_output.bias"])]
        node("SkipLayerNormalization", skip, [f"{b}x1"], epsilon=EPSILON)
        node("MatMul", [f"{b}x1", constant(f"{b}up.w", w[f"{b}ffn_up.weight"].T)], [f"{b}u"], domain="")
        node("BiasGelu", [f"{b}u", constant(f"{b}up.b", w[f"{b}ffn_up.bias"])], [f"{b}g"])
        node("MatMul", [f"{b}g", constant(f"{b}down.w", w[f"{b}ffn_down.weight"].T)], [f"{b}d"], domain="")
        norm = [constant(f"{b}n2.{p}", w[f"{b}layer_output_norm.{p}"]) for p in ("weight", "bias")]
        skip = [f"{b}d", f"{b}x1", *norm, constant(f"{b}down.b", w[f"{b}ffn_down.bias"])]
        x = f"{b}x2"
        node("SkipLayerNormalization", skip, [x], epsilon=EPSILON)
    ids = [helper.make_tensor_value_info(n, TensorProto.INT32, ["batch", "length"]) for n in ("input_ids", "segment_ids", "mask")]
    out = helper.make_tensor_value_info(x, TensorProto.FLOAT, ["batch", "length", 384])
    graph = helper.make_graph(nodes, "encoder", ids, [out], initializers)
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=8), path)


def ort(int8):
    import onnxruntime

    f32 = os.path.join(CACHE_DIR, "f32.onnx")
    if not os.path.exists(f32):
        onnx_graph(f32)
    path = f32
    if int8:
        path = os.path.join(CACHE_DIR, "int8.onnx")
        if not os.path.exists(path):
            from onnxruntime.quantization import QuantType, quantize_dynamic

            # The fused operators have no shape inference; their results are f32.
            quantize_dynamic(f32, path, weight_type=QuantType.QInt8, extra_options={"DefaultTensorType": 1})
    started = time.perf_counter()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = THREADS
    options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])

    def forward(ids, mask):
        feed = {"input_ids": ids, "segment_ids": np.zeros_like(ids), "mask": mask}
        return session.run(None, feed)[0]

    return forward, started


def torch_model():
    import torch
    from transformers import BertConfig, BertModel

    torch.set_num_threads(THREADS)
    started = time.perf_counter()
    w = weights()
    config = BertConfig(
        vocab_size=w["token_embd.weight"].shape[0], hidden_size=384, num_hidden_layers=LAYERS,
        num_attention_heads=HEADS, intermediate_size=1536, layer_norm_eps=EPSILON, hidden_act="gelu",
    )
    model = BertModel(config, add_pooling_layer=False).eval()
    state = {
        "embeddings.word_embeddings.weight": w["token_embd.weight"],
        "embeddings.position_embeddings.weight": w["position_embd.weight"],
        "embeddings.token_type_embeddings.weight": w["token_types.weight"],
        "embeddings.LayerNorm.weight": w["token_embd_norm.weight"],
        "embeddings.LayerNorm.bias": w["token_embd_norm.bias"],
    }
    parts = {
        "attention.self.query": "attn_q", "attention.self.key": "attn_k", "attention.self.value": "attn_v",
        "attention.output.dense": "attn_output", "attention.output.LayerNorm": "attn_output_norm",
        "intermediate.dense": "ffn_up", "output.dense": "ffn_down", "output.LayerNorm": "layer_output_norm",
    }
    for i in range(LAYERS):
        for theirs, ours in parts.items():
            for p in ("weight", "bias"):
                state[f"encoder.layer.{i}.{theirs}.{p}"] = w[f"blk.{i}.{ours}.{p}"]
    model.load_state_dict({k: torch.from_numpy(v.copy()) for k, v in state.items()}, strict=False)

    def forward(ids, mask):
        with torch.inference_mode():
            out = model(input_ids=torch.from_numpy(ids.astype(np.int64)), attention_mask=torch.from_numpy(mask.astype(np.int64)))
        return out.last_hidden_state.numpy()

    return forward, started


def main():
    forward, started = torch_model() if ENGINE == "torch" else ort(ENGINE == "ort-int8")
    tokenizer = Tokenizer.from_file(os.path.join(MODEL_DIR, "tokenizer.json"))
    tokenizer.enable_truncation(512)
    tokenizer.enable_padding(pad_id=1, pad_token="<pad>")
    load_ms = (time.perf_counter() - started) * 1e3

    def embed(texts, role, batch):
        # Longest together, as sentence-transformers does, so that little is padded.
        order = sorted(range(len(texts)), key=lambda i: -len(texts[i]))
        out = np.empty((len(texts), 384), dtype=np.float32)
        for at in range(0, len(order), batch):
            part = order[at : at + batch]
            encodings = tokenizer.encode_batch([PREFIX[role] + texts[i] for i in part])
            ids = np.array([e.ids for e in encodings], dtype=np.int32)
            mask = np.array([e.attention_mask for e in encodings], dtype=np.int32)
            hidden = forward(ids, mask)
            weight = mask[:, :, None].astype(np.float32)
            pooled = (hidden * weight).sum(1) / weight.sum(1)
            out[part] = pooled / np.linalg.norm(pooled, axis=1, keepdims=True)
        return out

    print(json.dumps({"ready": ENGINE, "load_ms": load_ms}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        cpu, wall = time.process_time(), time.perf_counter()
        vectors = embed(request["texts"], request["role"], request["batch"])
        reply = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
        if request.get("vectors"):
            reply["vectors"] = vectors.tolist()
        with open("/proc/self/status") as status:
            reply["peak_mb"] = next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM"))
        print(json.dumps(reply), flush=True)


main()
