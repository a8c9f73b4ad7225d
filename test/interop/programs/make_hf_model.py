# The model of make_model.py as Hugging Face keeps them, for servers that read a folder: the same shape, words of ours, random weights. The
# argument is the folder to write.
import json
import os
import sys

import numpy
from safetensors.numpy import save_file
from tokenizers import Tokenizer, decoders, models, normalizers

width, heads, layers, inner, context = 64, 2, 2, 128, 4096
words = "the a of to and is on in for with that harbour window letter morning boat train garden river stone paper lamp table cloud road late blue old slow soft".split()
special = ["<unk>", "<s>", "</s>"]


def vocabulary():
    """Special tokens, every byte (so that any prompt can be read), and words, with their scores; filled up to what servers like to divide by."""
    letters = [(chr(code), -20.0) for code in range(33, 127)]
    spoken = [("\u2581" + word, -1.0 - at) for at, word in enumerate(words)]
    known = [(one, 0.0) for one in special] + [(f"<0x{code:02X}>", 0.0) for code in range(256)] + [("\u2581", -10.0)] + letters + spoken
    return known + [(f"<unused{at}>", -100.0) for at in range(-len(known) % 64)]


def write_tokenizer(folder, known):
    tokenizer = Tokenizer(models.Unigram(known, unk_id=0, byte_fallback=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("\u2581"), normalizers.Replace(" ", "\u2581")])
    tokenizer.decoder = decoders.Sequence([decoders.Replace("\u2581", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)])
    tokenizer.add_special_tokens(special)
    tokenizer.save(os.path.join(folder, "tokenizer.json"))


def weights(known):
    dice = numpy.random.default_rng(6)
    noise = lambda *shape: dice.normal(0, 0.05, shape).astype(numpy.float32)
    ones = lambda: numpy.ones(width, dtype=numpy.float32)
    # One component of every state is the same, and the weights of the last layer make it say words: bytes alone would be no text.
    embedding, said = noise(len(known), width), noise(len(known), width)
    embedding[:, 0] = 1.0
    said[:, 0] = [0.5 if token[0] == "\u2581" and len(token) > 1 else -20.0 for token, _ in known]
    made = {"model.embed_tokens.weight": embedding, "lm_head.weight": said, "model.norm.weight": ones()}
    for layer in range(layers):
        name = f"model.layers.{layer}."
        for part in ("input_layernorm", "post_attention_layernorm"):
            made[f"{name}{part}.weight"] = ones()
        for part in "qkvo":
            made[f"{name}self_attn.{part}_proj.weight"] = noise(width, width)
        for part in ("gate", "up"):
            made[f"{name}mlp.{part}_proj.weight"] = noise(inner, width)
        made[f"{name}mlp.down_proj.weight"] = noise(width, inner)
    return made


def make_model(folder):
    known = vocabulary()
    settings = {
        "config.json": {
            "architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": width, "intermediate_size": inner, "num_attention_heads": heads,
            "num_key_value_heads": heads, "num_hidden_layers": layers, "vocab_size": len(known), "max_position_embeddings": context, "rms_norm_eps": 1e-5,
            "rope_theta": 10000.0, "hidden_act": "silu", "bos_token_id": 1, "eos_token_id": 2, "tie_word_embeddings": False, "torch_dtype": "float32",
        },
        "generation_config.json": {"bos_token_id": 1, "eos_token_id": 2},
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast", "bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>", "model_max_length": context,
            "chat_template": "{% for message in messages %}{{ message['role'] + ': ' + (message['content'] or '') + '\n' }}{% endfor %}{{ 'assistant:' }}",
        },
    }
    os.makedirs(folder, exist_ok=True)
    for name, content in settings.items():
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            json.dump(content, file)
    write_tokenizer(folder, known)
    save_file(weights(known), os.path.join(folder, "model.safetensors"), metadata={"format": "pt"})


if __name__ == "__main__":
    make_model(sys.argv[1])
