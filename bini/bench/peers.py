"""What a user would pick instead of vLLM, as answerers: same requests, same schema, greedy, one batch at a time.

    transformers   `generate` on the padded batch, with xgrammar's logits processor
    llama.cpp      llama-cpp-python on the exported GGUF (bini export-gguf), with its own JSON-schema grammar; it has no
                   batch in its Python interface, so requests go one after the other, and every core works on each

Both answer through `bini.assess`, as the engine does.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bini.engine import Completion, Request
from bini.hardware import profile
from bini.prompts import end_of_turn


class TransformersEngine:
    """`transformers.generate` over one model folder."""

    def __init__(self, model: str) -> None:
        import torch
        import xgrammar
        from transformers import AutoModelForCausalLM, AutoTokenizer

        self.tokenizer = AutoTokenizer.from_pretrained(model)
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        dtype = getattr(torch, profile().dtype)
        self._model = AutoModelForCausalLM.from_pretrained(model, dtype=dtype).to(self._device).eval()
        vocabulary = self._model.get_input_embeddings().weight.shape[0]
        self._stop_id = end_of_turn(self.tokenizer)  # without it the grammar would end with <eos> alone, and never stop
        info = xgrammar.TokenizerInfo.from_huggingface(
            self.tokenizer, vocab_size=vocabulary, stop_token_ids=[self._stop_id]
        )
        self._compiler = xgrammar.GrammarCompiler(info)  # keeps what it has compiled: warm from the second pass on

    def generate(self, requests: Sequence[Request]) -> list[Completion]:
        """Answer requests in one left-padded batch."""
        import torch

        longest = max(len(request.prompt_ids) for request in requests)
        ids = torch.zeros((len(requests), longest), dtype=torch.long)
        mask = torch.zeros_like(ids)
        for row, request in enumerate(requests):
            ids[row, longest - len(request.prompt_ids) :] = torch.tensor(request.prompt_ids)
            mask[row, longest - len(request.prompt_ids) :] = 1
        with torch.inference_mode():
            written = self._model.generate(
                input_ids=ids.to(self._device),
                attention_mask=mask.to(self._device),
                max_new_tokens=max(request.max_tokens for request in requests),
                do_sample=False,
                eos_token_id=self._stop_id,
                pad_token_id=0,
                logits_processor=self._processors(requests),
            )
        rows = [row[longest:].tolist() for row in written]
        return [self._completion(request, row) for request, row in zip(requests, rows, strict=True)]

    def _processors(self, requests: Sequence[Request]) -> list[Any]:
        from xgrammar.contrib.hf import LogitsProcessor

        schemas = [request.schema for request in requests if request.schema is not None]
        if not schemas:
            return []
        compiled = [
            self._compiler.compile_json_schema(
                json.dumps(s, ensure_ascii=False), any_whitespace=False, separators=(",", ":")
            )
            for s in schemas
        ]
        return [LogitsProcessor(compiled)]

    def _completion(self, request: Request, row: list[int]) -> Completion:
        row = row[: request.max_tokens]
        is_stopped = self._stop_id in row
        answer = row[: row.index(self._stop_id)] if is_stopped else row
        text = self.tokenizer.decode(answer, skip_special_tokens=True)
        return Completion(text, "stop" if is_stopped else "length", len(request.prompt_ids), len(answer) + is_stopped)


class LlamaCppEngine:
    """llama.cpp over the run's GGUF file."""

    def __init__(self, model: str, gguf_file: Path, context_tokens: int) -> None:
        from llama_cpp import Llama
        from transformers import AutoTokenizer

        self.tokenizer = AutoTokenizer.from_pretrained(model)
        self._stop_id = end_of_turn(self.tokenizer)
        cores = profile().cores
        self._model = Llama(
            str(gguf_file), n_ctx=context_tokens, n_threads=cores, n_threads_batch=cores, n_gpu_layers=-1, verbose=False
        )

    def generate(self, requests: Sequence[Request]) -> list[Completion]:
        """Answer requests one after the other."""
        return [self._answer(request) for request in requests]

    def _answer(self, request: Request) -> Completion:
        from llama_cpp.llama_grammar import LlamaGrammar

        grammar = (
            None if request.schema is None else LlamaGrammar.from_json_schema(json.dumps(request.schema), verbose=False)
        )
        written: list[int] = []
        self._model.reset()
        for token in self._model.generate(request.prompt_ids, temp=0.0, repeat_penalty=1.0, grammar=grammar):
            written.append(int(token))
            if token == self._stop_id or len(written) == request.max_tokens:
                break
        is_stopped = written[-1:] == [self._stop_id]
        text = self.tokenizer.decode(written[:-1] if is_stopped else written, skip_special_tokens=True)
        return Completion(text, "stop" if is_stopped else "length", len(request.prompt_ids), len(written))
