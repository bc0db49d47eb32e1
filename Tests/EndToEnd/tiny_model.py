# SPDX-License-Identifier: Apache-2.0
"""tiny_model.py FOLDER: a tiny Llama without weights, its tokenizer trained here on Python's own library.

Run by the Python of the engine, which has the package tokenizers.
"""
import json
import os
import pathlib
import sys

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

folder = pathlib.Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
texts = [path.read_text(errors="replace") for path in sorted(pathlib.Path(os.__file__).parent.glob("[a-h]*.py"))]
tokenizer = Tokenizer(models.BPE())
tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
tokenizer.decoder = decoders.ByteLevel()
tokenizer.train_from_iterator(texts, trainers.BpeTrainer(
    vocab_size=4096, special_tokens=["<s>", "</s>", "<unk>"], initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    show_progress=False))
tokenizer.save(str(folder / "tokenizer.json"))
special = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"}
files = {
    "tokenizer_config.json": {
        **special, "tokenizer_class": "PreTrainedTokenizerFast", "pad_token": "</s>", "model_max_length": 2048,
        "chat_template": "{% for m in messages %}{{ m['role'] }}: {{ m['content'] }}\n{% endfor %}assistant:"},
    "special_tokens_map.json": special,
    "config.json": {
        "architectures": ["LlamaForCausalLM"], "model_type": "llama", "vocab_size": tokenizer.get_vocab_size(),
        "hidden_size": 256, "intermediate_size": 512, "num_hidden_layers": 2, "num_attention_heads": 8,
        "num_key_value_heads": 4, "head_dim": 32, "hidden_act": "silu", "max_position_embeddings": 2048,
        "rms_norm_eps": 1e-5, "rope_theta": 10000.0, "tie_word_embeddings": False, "bos_token_id": 0,
        "eos_token_id": 1, "torch_dtype": "bfloat16", "initializer_range": 0.02, "attention_bias": False},
    "generation_config.json": {"bos_token_id": 0, "eos_token_id": 1, "do_sample": True, "temperature": 1.0},
}
for name, content in files.items():
    (folder / name).write_text(json.dumps(content, indent=1))
